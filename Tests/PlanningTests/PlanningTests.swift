// PlanningTests

// PortalTests

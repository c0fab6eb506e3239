// FleetLinkTests

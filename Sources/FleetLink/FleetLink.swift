// FleetLink

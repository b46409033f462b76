"""What stands in the town: servers, devices and a siren, which break when told to."""

enum RelayConfigurationRoom {}

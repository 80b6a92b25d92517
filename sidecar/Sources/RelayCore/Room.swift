enum RelayCoreRoom {}

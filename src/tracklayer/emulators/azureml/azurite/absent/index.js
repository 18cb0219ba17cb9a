// Stands for packages that Azurite names and that nothing here may use: its telemetry, and clients of SQL servers.
module.exports = {};

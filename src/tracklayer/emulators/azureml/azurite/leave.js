// Loaded before Azurite: ends this process when its parent lets go of its standard input, be it killed.
process.stdin.on("end", () => process.exit(0));
process.stdin.on("error", () => process.exit(0));
process.stdin.resume();

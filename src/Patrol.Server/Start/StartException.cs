namespace Patrol.Server.Start;

/// <summary>The server cannot start as it was told to: one clear line that names the setting. Ends the program with code 2.</summary>
public sealed class StartException(string message) : Exception(message);

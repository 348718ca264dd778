namespace Patrol.Server.Start;

/// <summary>The names that may stand below <c>Patrol</c>: a misspelt one must not leave a default in force without a word.</summary>
internal static class KnownSettings
{
    /// <summary>Secrets: a file or the environment may hold them, a command line may not.</summary>
    public static readonly string[] Secrets = ["RootPassword", "RootToken"];

    private static readonly HashSet<string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        "Urls", "Data", "Database", "SecretFile", "Smtp", "MailFrom", "WarningDays", "PublicUrl", "Doors", "RootPassword", "RootToken", "CachedTokens",
        "Ban:Enabled", "Ban:MaximumFailures", "Ban:WindowSeconds", "Ban:DurationSeconds", "Ban:ExemptLoopback",
        "Log:MaximumMegabytes", "Log:KeptFiles",
        "OpenIdConnect:Authority", "OpenIdConnect:ClientId", "OpenIdConnect:ClientSecretFile", "OpenIdConnect:Name",
    };

    /// <exception cref="StartException">There is another name.</exception>
    public static void Check(IConfigurationSection patrol)
    {
        foreach (var (name, value) in patrol.AsEnumerable(makePathsRelative: true))
        {
            // Atlassian's properties are checked where they are read.
            if (value is not null && !Names.Contains(name) && !name.StartsWith("atlassian", StringComparison.OrdinalIgnoreCase))
                throw new StartException($"Patrol:{name}: there is no such setting; see docs/operate.md.");
        }
    }
}

using Patrol.Server.Settings;

namespace Patrol.Server.Start;

/// <summary>
/// Atlassian's system properties as they are given at the start: <c>-Datlassian.pats.NAME=VALUE</c> on the command line, or the
/// same names below <c>Patrol</c> in appsettings.json, with dots or as nested objects.
/// </summary>
internal static class AtlassianOptions
{
    private const string Argument = "-D";

    // Where .NET's configuration keeps what came as -D.
    private const string Section = "SystemProperties";

    /// <summary>The same arguments with the properties in the form in which .NET's configuration takes them.</summary>
    public static string[] Translate(string[] args) => Array.ConvertAll(args, argument =>
        !IsProperty(argument) ? argument
        : argument.Contains('=') ? $"--{Section}:{argument[Argument.Length..]}"
        : $"--{Section}:{argument[Argument.Length..]}=");

    /// <summary>Whether an argument sets a property.</summary>
    public static bool IsProperty(string argument) => argument.StartsWith(Argument, StringComparison.Ordinal);

    /// <summary>Reads the properties.</summary>
    /// <exception cref="StartException">One of them is wrong or there is none of that name.</exception>
    public static AtlassianProperties Read(IConfiguration configuration)
    {
        var all = new AtlassianProperties();
        // What is written with dots is nearer to the command line than what is nested in a file.
        var given = configuration.GetSection("Patrol").AsEnumerable(makePathsRelative: true).OrderBy(pair => !pair.Key.Contains(':'))
            .Concat(configuration.GetSection(Section).AsEnumerable(makePathsRelative: true));
        foreach (var (key, text) in given)
        {
            var name = key.Replace(':', '.');
            if (text is null || !name.StartsWith("atlassian", StringComparison.OrdinalIgnoreCase))
                continue;
            var property = AtlassianProperty.All.FirstOrDefault(one => one.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw new StartException($"{Argument}{name}: there is no such property; see docs/operate.md.");
            var (changed, wrong) = property.Set(all, text);
            all = changed ?? throw new StartException($"{Argument}{property.Name}: '{text}' {wrong}.");
        }
        return all;
    }
}

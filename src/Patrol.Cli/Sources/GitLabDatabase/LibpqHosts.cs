using System.Globalization;
using Npgsql;
using Patrol.Cli.Failures;

namespace Patrol.Cli.Sources.GitLabDatabase;

/// <summary>
/// Servers as libpq names them: hosts and ports apart, with commas between, and one port for all or one for each. Npgsql wants a port
/// behind its host.
/// </summary>
internal sealed class LibpqHosts
{
    private const string UsualPort = "5432";
    private const int LastPort = 65535;

    /// <summary>What is said of the hosts; null if nothing is.</summary>
    public string? Hosts { get; set; }

    /// <summary>The same of the ports.</summary>
    public string? Ports { get; set; }

    /// <summary>Tells Npgsql; what is not said comes from what the address itself says, and from PGHOST and PGPORT.</summary>
    /// <exception cref="CliFailure">A port is none, or hosts and ports do not go together.</exception>
    public void Put(NpgsqlConnectionStringBuilder builder, Func<string, string?> variable)
    {
        var hosts = Given(Hosts) ?? Given(builder.Host) ?? Given(variable("PGHOST")) ?? "localhost";
        // ContainsKey would ask whether there is such a word at all.
        var own = Given(Ports) ?? (builder.ShouldSerialize("Port") ? builder.Port.ToString(CultureInfo.InvariantCulture) : null);
        var ports = (own ?? Given(variable("PGPORT")) ?? UsualPort).Split(',').Select(port => Number(port, own is null ? "PGPORT" : "--gitlab-db")).ToList();
        var names = hosts.Split(',');
        if (ports.Count != 1 && ports.Count != names.Length)
            throw CliFailure.Usage($"--gitlab-db: {ports.Count} ports do not go with {names.Length} host{(names.Length == 1 ? "" : "s")}: give one port, or one for each host.");
        if (names.Contains(""))
            throw CliFailure.Usage("--gitlab-db: a host has no name.");
        var isSame = ports.Distinct().Count() == 1;
        if (!isSame && Array.Exists(names, name => name[0] == '/'))
            throw CliFailure.Usage("--gitlab-db: of several hosts with different ports none may be a socket's folder.");
        builder.Port = ports[0];
        builder.Host = isSame ? hosts : string.Join(',', names.Zip(ports, (name, port) => name.Contains(':', StringComparison.Ordinal) ? $"[{name}]:{port}" : $"{name}:{port}"));
    }

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static int Number(string text, string where) =>
        int.TryParse(text.Length > 0 ? text : UsualPort, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= LastPort ? port
        : throw CliFailure.Usage($"{where}: a port is a number from 1 to {LastPort}.");
}

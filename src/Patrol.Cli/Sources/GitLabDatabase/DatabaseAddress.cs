using Npgsql;
using Patrol.Cli.Failures;

namespace Patrol.Cli.Sources.GitLabDatabase;

/// <summary>
/// Reads how to connect: a URL (<c>postgres://user@host:port/database?sslmode=require</c>), words as libpq takes them
/// (<see cref="LibpqWords"/>), or an Npgsql string. What it does not say comes from PGHOST, PGPORT, PGUSER, PGDATABASE and
/// libpq's other variables, the password from PGPASSWORD or .pgpass. No message repeats the text: it may hold a password.
/// </summary>
internal static class DatabaseAddress
{
    private const string Advice = "give postgres://user@host:port/database, or host=HOST dbname=NAME user=NAME";

    /// <summary>Reads the text.</summary>
    /// <param name="text">What the user gave.</param>
    /// <param name="isPublic">It stands on the command line, where it may hold no password.</param>
    /// <param name="variable">The environment.</param>
    /// <exception cref="CliFailure">It is no address, or tells everybody a password.</exception>
    public static NpgsqlConnectionStringBuilder Read(string text, bool isPublic, Func<string, string?> variable)
    {
        NpgsqlConnectionStringBuilder builder;
        var hosts = new LibpqHosts();
        try
        {
            builder = text.Contains("://", StringComparison.Ordinal) ? FromUrl(text, hosts) : text.Contains(';', StringComparison.Ordinal) ? new(text) : LibpqWords.Read(text, hosts);
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or OverflowException or InvalidCastException or KeyNotFoundException)
        {
            throw CliFailure.Usage($"--gitlab-db cannot be read: {Advice}.");
        }
        if (isPublic && !string.IsNullOrEmpty(builder.Password))
        {
            throw CliFailure.Usage(
                "--gitlab-db holds a password, which every user of this machine can see in the process list: " +
                "put it into PGPASSWORD, ~/.pgpass or a profile in ~/.config/patrol/config.yaml, and change it.");
        }
        hosts.Put(builder, variable);
        if (string.IsNullOrEmpty(builder.Database))
            builder.Database = variable("PGDATABASE") is { Length: > 0 } database ? database : throw CliFailure.Usage($"--gitlab-db names no database: {Advice}.");
        LibpqWords.SetFromVariables(builder, variable);
        // Npgsql would first try Kerberos, fail without a ticket, and connect anew: each time, for nearly nobody.
        if (!builder.ShouldSerialize("GSS Encryption Mode"))
            builder.GssEncryptionMode = GssEncryptionMode.Disable;
        builder.ApplicationName ??= "patrol";
        builder.Timezone = "UTC";
        builder.Pooling = false;
        builder.CommandTimeout = 0;
        builder.TcpKeepAlive = true;
        builder.IncludeErrorDetail = false;
        builder.PersistSecurityInfo = false;
        return builder;
    }

    private static NpgsqlConnectionStringBuilder FromUrl(string text, LibpqHosts hosts)
    {
        var rest = text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) ? text["postgres://".Length..]
            : text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase) ? text["postgresql://".Length..]
            : throw new FormatException();
        var builder = new NpgsqlConnectionStringBuilder();
        var query = rest.IndexOf('?', StringComparison.Ordinal);
        if (query >= 0)
        {
            foreach (var pair in rest[(query + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
            {
                var parts = pair.Split('=', 2);
                LibpqWords.Set(builder, hosts, Uri.UnescapeDataString(parts[0]), Uri.UnescapeDataString(parts.ElementAtOrDefault(1) ?? ""));
            }
            rest = rest[..query];
        }
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0 && rest.Length > slash + 1)
            builder.Database = Uri.UnescapeDataString(rest[(slash + 1)..]);
        rest = slash >= 0 ? rest[..slash] : rest;
        var at = rest.LastIndexOf('@');
        if (at >= 0)
        {
            var user = rest[..at].Split(':', 2);
            if (user[0].Length > 0)
                builder.Username = Uri.UnescapeDataString(user[0]);
            if (user.Length > 1 && user[1].Length > 0)
                builder.Password = Uri.UnescapeDataString(user[1]);
            rest = rest[(at + 1)..];
        }
        // One or several; an IPv6 address stands in brackets.
        var servers = rest.Split(',').Select(one => one.LastIndexOf(':') is var colon && colon > one.LastIndexOf(']') ? (Host: one[..colon], Port: one[(colon + 1)..]) : (Host: one, Port: "")).ToList();
        if (rest.Length > 0 && servers is not [{ Host: "" }])
            hosts.Hosts = string.Join(',', servers.Select(one => Uri.UnescapeDataString(one.Host.Trim('[', ']'))));
        if (servers.Exists(one => one.Port.Length > 0))
            hosts.Ports = string.Join(',', servers.Select(one => one.Port));
        return builder;
    }
}

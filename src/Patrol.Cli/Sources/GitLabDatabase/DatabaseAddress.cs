using System.Globalization;
using Npgsql;
using Patrol.Cli.Failures;

namespace Patrol.Cli.Sources.GitLabDatabase;

/// <summary>
/// Reads how to connect: a URL (<c>postgres://user@host:port/database?sslmode=require</c>), words as libpq takes them
/// (<see cref="LibpqWords"/>), or an Npgsql string. What it does not say comes from PGHOST, PGPORT, PGUSER, PGDATABASE and
/// PGSSLMODE, the password from PGPASSWORD or .pgpass. No message repeats the text: it may hold a password.
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
        try
        {
            builder = text.Contains("://", StringComparison.Ordinal) ? FromUrl(text) : text.Contains(';', StringComparison.Ordinal) ? new(text) : LibpqWords.Read(text);
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
        if (string.IsNullOrEmpty(builder.Host))
            builder.Host = variable("PGHOST") is { Length: > 0 } host ? host : "localhost";
        // ContainsKey would ask whether there is such a word at all.
        if (!builder.ShouldSerialize("Port") && int.TryParse(variable("PGPORT"), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            builder.Port = port;
        if (string.IsNullOrEmpty(builder.Database))
            builder.Database = variable("PGDATABASE") is { Length: > 0 } database ? database : throw CliFailure.Usage($"--gitlab-db names no database: {Advice}.");
        // Npgsql looks at most of libpq's variables itself, not at this one: who demands a checked certificate must get it.
        if (!builder.ShouldSerialize("SSL Mode") && variable("PGSSLMODE") is { Length: > 0 } mode)
            LibpqWords.SetSslMode(builder, mode);
        // Npgsql would first try Kerberos, fail without a ticket, and connect anew: each time, for nearly nobody.
        if (!builder.ShouldSerialize("GSS Encryption Mode") && string.IsNullOrEmpty(variable("PGGSSENCMODE")))
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

    private static NpgsqlConnectionStringBuilder FromUrl(string text)
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
                LibpqWords.Set(builder, Uri.UnescapeDataString(parts[0]), Uri.UnescapeDataString(parts.ElementAtOrDefault(1) ?? ""));
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
        // An IPv6 address stands in brackets.
        var colon = rest.LastIndexOf(':');
        if (colon > rest.LastIndexOf(']'))
        {
            if (rest.Length > colon + 1)
                builder.Port = int.Parse(rest[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture);
            rest = rest[..colon];
        }
        if (rest.Length > 0)
            builder.Host = Uri.UnescapeDataString(rest.Trim('[', ']'));
        return builder;
    }
}

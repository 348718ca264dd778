using System.Text;
using Npgsql;
using Patrol.Cli.Failures;

namespace Patrol.Cli.Sources.GitLabDatabase;

/// <summary>
/// The connection words of libpq, <c>host=localhost dbname=gitlabhq_production sslmode='verify-full'</c>: white space may stand
/// around the equals sign, values may be quoted, and a backslash takes the next character as it is (PostgreSQL, section 34.1.1.1).
/// </summary>
internal static class LibpqWords
{
    /// <summary>What Npgsql calls differently.</summary>
    private static readonly Dictionary<string, string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["dbname"] = "Database",
        ["user"] = "Username",
        ["sslrootcert"] = "Root Certificate",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslnegotiation"] = "SSL Negotiation",
        ["channel_binding"] = "Channel Binding",
        ["require_auth"] = "Require Auth",
        ["gssencmode"] = "GSS Encryption Mode",
        ["krbsrvname"] = "Kerberos Service Name",
        ["connect_timeout"] = "Timeout",
        ["application_name"] = "Application Name",
        ["passfile"] = "Passfile",
        ["options"] = "Options",
        ["target_session_attrs"] = "Target Session Attributes",
    };

    // What changes nothing for a program that speaks UTF-8, keeps its connection alive and never compresses.
    private static readonly HashSet<string> NeedNothing = new(StringComparer.OrdinalIgnoreCase)
    {
        "client_encoding", "fallback_application_name", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
        "sslcompression", "sslsni",
    };

    // What would have to be obeyed and is not.
    private static readonly HashSet<string> Unknown = new(StringComparer.OrdinalIgnoreCase)
    {
        "service", "hostaddr", "requirepeer", "requiressl", "sslcrl", "sslcrldir", "sslcertmode", "ssl_min_protocol_version", "ssl_max_protocol_version",
        "gsslib", "gssdelegation", "load_balance_hosts", "replication",
    };

    /// <summary>Reads a text of such words.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static NpgsqlConnectionStringBuilder Read(string text)
    {
        var builder = new NpgsqlConnectionStringBuilder();
        for (var at = Blanks(text, 0); at < text.Length; at = Blanks(text, at))
        {
            var start = at;
            while (at < text.Length && text[at] != '=' && !char.IsWhiteSpace(text[at]))
                at++;
            var name = text[start..at];
            at = Blanks(text, at);
            if (at == text.Length || text[at] != '=' || name.Length == 0)
                throw new FormatException();
            Set(builder, name, Value(text, Blanks(text, at + 1), out at));
        }
        return builder;
    }

    /// <summary>Sets what a word of libpq's or Npgsql's says.</summary>
    /// <exception cref="CliFailure">It asks for what there is not.</exception>
    public static void Set(NpgsqlConnectionStringBuilder builder, string name, string value)
    {
        if (Unknown.Contains(name))
            throw CliFailure.Usage($"--gitlab-db: patrol cannot follow libpq's word {name.ToLowerInvariant()}: leave it out, and say what it stands for.");
        if (name.Equals("sslmode", StringComparison.OrdinalIgnoreCase))
            SetSslMode(builder, value);
        // As libpq has it, the system's own authorities, and then nothing less than a full check.
        else if (name.Equals("sslrootcert", StringComparison.OrdinalIgnoreCase) && value == "system")
            builder.SslMode = SslMode.VerifyFull;
        else if (!NeedNothing.Contains(name))
            builder[Names.GetValueOrDefault(name, name)] = value;
    }

    /// <summary>Sets how far the server's certificate is checked.</summary>
    /// <exception cref="CliFailure">There is no such mode.</exception>
    public static void SetSslMode(NpgsqlConnectionStringBuilder builder, string mode) => builder.SslMode =
        Enum.TryParse<SslMode>(mode.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var known) && !char.IsAsciiDigit(mode[0]) ? known
        : throw CliFailure.Usage("--gitlab-db: sslmode is one of disable, allow, prefer, require, verify-ca and verify-full.");

    private static string Value(string text, int at, out int end)
    {
        var quoted = at < text.Length && text[at] == '\'';
        var value = new StringBuilder();
        for (end = quoted ? at + 1 : at; end < text.Length; end++)
        {
            if (quoted ? text[end] == '\'' : char.IsWhiteSpace(text[end]))
                break;
            if (text[end] == '\\' && end + 1 < text.Length)
                end++;
            value.Append(text[end]);
        }
        if (quoted && end++ == text.Length)
            throw new FormatException();
        return value.ToString();
    }

    private static int Blanks(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
            at++;
        return at;
    }
}

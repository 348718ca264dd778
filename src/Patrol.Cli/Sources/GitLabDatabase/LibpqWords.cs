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

    // Those whose variables are taken; PGPASSWORD and the like Npgsql takes itself.
    private static readonly string[] OfVariables =
        ["sslmode", "gssencmode", "krbsrvname", "channel_binding", "require_auth", "target_session_attrs", "connect_timeout", "application_name"];

    // What would have to be obeyed and is not.
    private static readonly HashSet<string> Unknown = new(StringComparer.OrdinalIgnoreCase)
    {
        "service", "hostaddr", "requirepeer", "requiressl", "sslcrl", "sslcrldir", "sslcertmode", "ssl_min_protocol_version", "ssl_max_protocol_version",
        "gsslib", "gssdelegation", "load_balance_hosts", "replication",
    };

    // The variables that stand for words, where they are not the word itself after PG; Npgsql looks at few of them.
    private static readonly Dictionary<string, string> Variables = new(StringComparer.Ordinal)
    {
        ["application_name"] = "PGAPPNAME",
        ["connect_timeout"] = "PGCONNECT_TIMEOUT",
    };

    /// <summary>Sets what libpq's variables say and the words do not: who demands a checked certificate by one must get it.</summary>
    /// <exception cref="CliFailure">One asks for what there is not, or cannot be read.</exception>
    public static void SetFromVariables(NpgsqlConnectionStringBuilder builder, Func<string, string?> variable)
    {
        if (Unknown.Select(Variable).FirstOrDefault(name => !string.IsNullOrEmpty(variable(name))) is { } unknown)
            throw CliFailure.Usage($"{unknown} is set, which patrol cannot follow: unset it, and say in --gitlab-db what it stands for.");
        foreach (var word in OfVariables)
        {
            if (builder.ShouldSerialize(Names.GetValueOrDefault(word, "SSL Mode")) || variable(Variable(word)) is not { Length: > 0 } value)
                continue;
            try
            {
                Set(builder, new LibpqHosts(), word, value);
            }
            catch (Exception fault) when (fault is ArgumentException or FormatException or OverflowException or InvalidCastException)
            {
                throw CliFailure.Usage($"{Variable(word)} cannot be read: it has no value that {word} can have.");
            }
        }
    }

    private static string Variable(string word) => Variables.GetValueOrDefault(word) ?? $"PG{word.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant()}";

    /// <summary>Reads a text of such words.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static NpgsqlConnectionStringBuilder Read(string text, LibpqHosts hosts)
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
            Set(builder, hosts, name, Value(text, Blanks(text, at + 1), out at));
        }
        return builder;
    }

    /// <summary>Sets what a word of libpq's or Npgsql's says.</summary>
    /// <exception cref="CliFailure">It asks for what there is not.</exception>
    public static void Set(NpgsqlConnectionStringBuilder builder, LibpqHosts hosts, string name, string value)
    {
        if (Unknown.Contains(name))
            throw CliFailure.Usage($"--gitlab-db: patrol cannot follow libpq's word {name.ToLowerInvariant()}: leave it out, and say what it stands for.");
        if (name.Equals("host", StringComparison.OrdinalIgnoreCase))
            hosts.Hosts = value;
        else if (name.Equals("port", StringComparison.OrdinalIgnoreCase))
            hosts.Ports = value;
        else if (name.Equals("sslmode", StringComparison.OrdinalIgnoreCase))
            SetSslMode(builder, value);
        // As libpq has it, the system's own authorities, and then nothing less than a full check.
        else if (name.Equals("sslrootcert", StringComparison.OrdinalIgnoreCase) && value == "system")
            builder.SslMode = SslMode.VerifyFull;
        else if (!NeedNothing.Contains(name))
            builder[Names.GetValueOrDefault(name, name)] = value;
    }

    private static void SetSslMode(NpgsqlConnectionStringBuilder builder, string mode) => builder.SslMode =
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

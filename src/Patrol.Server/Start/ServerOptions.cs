using Npgsql;
using Patrol.Server.Settings;

namespace Patrol.Server.Start;

/// <summary>
/// What the server is told at its start: options over environment over appsettings.json ("Patrol") over defaults.
/// </summary>
public sealed record ServerOptions
{
    public const string Usage = """
        patrol-server: a token authority that speaks GitLab's and Atlassian's token APIs

        usage: patrol-server [options]
               patrol-server import atlassian|gitlab FILE.csv [options]     (import --help)
               patrol-server doors explain METHOD URL [--token-stdin] [options]

          --urls URLS          where to listen             ASPNETCORE_URLS     http://127.0.0.1:7280
          --data FOLDER        data folder                 PATROL_DATA         ./patrol-data
          --database WHERE     postgres://user:pw@host:port/db or an Npgsql string
                                                           PATROL_DATABASE     a SQLite file in the data folder
          --secret-file FILE   the secret that keys the stored digests; servers on one database share it
                                                           PATROL_SECRET_FILE  <data>/secret, made at first start
          --smtp URL           smtp://host:port or smtps://user:password@host:port
                                                           PATROL_SMTP         mails are files in <data>/mail
          --public-url URL     how people reach the server PATROL_PUBLIC_URL   the request's own
          --doors FILE         rules for services behind proxies, see docs/doors
                                                           PATROL_DOORS        none
          -Datlassian.pats.NAME=VALUE
                               one of Atlassian's fourteen system properties
          --help, --version

        At the first start only: PATROL_ROOT_PASSWORD and PATROL_ROOT_TOKEN, the password and a token for `root`.
        More settings, as `--Patrol:NAME=VALUE`, PATROL__NAME or in appsettings.json: see docs/operate.md.
        """;

    public required string Urls { get; init; }

    public required string DataFolder { get; init; }

    /// <summary>An Npgsql connection string, or null for SQLite in the data folder.</summary>
    public string? PostgresConnection { get; init; }

    public required string SecretFile { get; init; }

    public Uri? PublicUrl { get; init; }

    /// <summary>The file with the doors' rules, if there is one.</summary>
    public string? DoorsFile { get; init; }

    public required MailOptions Mail { get; init; }

    public string? RootPassword { get; init; }

    public string? RootToken { get; init; }

    public required BanOptions Ban { get; init; }

    public required LogOptions Log { get; init; }

    /// <summary>How many tokens the verification cache remembers at most.</summary>
    public int CachedTokens { get; init; }

    /// <summary>Atlassian's system properties, before administrators changed any.</summary>
    public required AtlassianProperties Atlassian { get; init; }

    /// <summary>With whom people can sign in besides their password; null for nobody.</summary>
    public ProviderOptions? Provider { get; init; }

    /// <summary>Reads the options.</summary>
    /// <exception cref="StartException">One of them is wrong.</exception>
    public static ServerOptions Read(IConfiguration configuration)
    {
        var settings = configuration.GetSection("Patrol");
        KnownSettings.Check(settings);
        string? Setting(string option, string environment, string name) =>
            NotBlank(configuration[option]) ?? NotBlank(configuration[environment]) ?? NotBlank(settings[name]);

        var data = Path.GetFullPath(Setting("data", "PATROL_DATA", "Data") ?? "patrol-data");
        var database = Setting("database", "PATROL_DATABASE", "Database");
        var doors = Setting("doors", "PATROL_DOORS", "Doors");
        var publicUrl = Setting("public-url", "PATROL_PUBLIC_URL", "PublicUrl");
        return new ServerOptions
        {
            Urls = CheckUrls(Setting("urls", "ASPNETCORE_URLS", "Urls") ?? "http://127.0.0.1:7280"),
            DataFolder = data,
            PostgresConnection = database is null ? null : ReadDatabase(database),
            SecretFile = Path.GetFullPath(Setting("secret-file", "PATROL_SECRET_FILE", "SecretFile") ?? Path.Combine(data, "secret")),
            PublicUrl = publicUrl is null ? null : HttpUrl(publicUrl) ?? throw new StartException($"PATROL_PUBLIC_URL: '{publicUrl}' is not an http or https URL."),
            DoorsFile = doors is null ? null : Path.GetFullPath(doors),
            Mail = MailOptions.Read(Setting("smtp", "PATROL_SMTP", "Smtp"), NotBlank(settings["MailFrom"]), NotBlank(settings["WarningDays"])),
            RootPassword = NotBlank(configuration["PATROL_ROOT_PASSWORD"]) ?? NotBlank(settings["RootPassword"]),
            RootToken = NotBlank(configuration["PATROL_ROOT_TOKEN"]) ?? NotBlank(settings["RootToken"]),
            Ban = new BanOptions
            {
                Enabled = Flag(settings, "Ban:Enabled", true),
                MaximumFailures = Number(settings, "Ban:MaximumFailures", 30, 1),
                Window = TimeSpan.FromSeconds(Number(settings, "Ban:WindowSeconds", 180, 1)),
                Duration = TimeSpan.FromSeconds(Number(settings, "Ban:DurationSeconds", 3600, 1)),
                ExemptLoopback = Flag(settings, "Ban:ExemptLoopback", true),
            },
            Log = new LogOptions
            {
                MaximumBytes = Number(settings, "Log:MaximumMegabytes", 100, 1) * 1024L * 1024,
                KeptFiles = Number(settings, "Log:KeptFiles", 30, 0),
            },
            CachedTokens = Number(settings, "CachedTokens", 100_000, 100),
            Atlassian = AtlassianOptions.Read(configuration),
            Provider = ProviderOptions.Read(settings),
        };
    }

    private static string? NotBlank(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;

    private static int Number(IConfiguration settings, string name, int fallback, int least) =>
        NotBlank(settings[name]) is not { } text ? fallback
        : int.TryParse(text, out var number) && number >= least ? number
        : throw new StartException($"Patrol:{name}: '{text}' is not a whole number of at least {least}.");

    private static bool Flag(IConfiguration settings, string name, bool fallback) =>
        NotBlank(settings[name]) is not { } text ? fallback
        : bool.TryParse(text, out var flag) ? flag
        : throw new StartException($"Patrol:{name}: '{text}' is neither true nor false.");

    private static string CheckUrls(string urls)
    {
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            // Kestrel's own forms: a host may be * or +.
            if (HttpUrl(url.Replace("//*", "//any", StringComparison.Ordinal).Replace("//+", "//any", StringComparison.Ordinal)) is null)
                throw new StartException($"--urls: '{url}' is not an http or https URL such as http://127.0.0.1:7280.");
        }
        return urls;
    }

    private static Uri? HttpUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url : null;

    private static string ReadDatabase(string text)
    {
        // The text may hold a password: messages never repeat it.
        const string advice = "give postgres://user:password@host:port/database or an Npgsql connection string.";
        try
        {
            NpgsqlConnectionStringBuilder builder;
            if (text.StartsWith("postgres://", StringComparison.Ordinal) || text.StartsWith("postgresql://", StringComparison.Ordinal))
            {
                if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.AbsolutePath.Length < 2)
                    throw new StartException($"PATROL_DATABASE is not a PostgreSQL URL: {advice}");
                var user = url.UserInfo.Split(':', 2);
                builder = new NpgsqlConnectionStringBuilder
                {
                    Host = url.Host.Length == 0 ? "localhost" : Uri.UnescapeDataString(url.Host),
                    Port = url.Port > 0 ? url.Port : 5432,
                    Database = Uri.UnescapeDataString(url.AbsolutePath[1..]),
                };
                if (user[0].Length > 0)
                    builder.Username = Uri.UnescapeDataString(user[0]);
                if (user.Length > 1)
                    builder.Password = Uri.UnescapeDataString(user[1]);
                foreach (var pair in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
                {
                    var parts = pair.Split('=', 2);
                    builder[parts[0] == "sslmode" ? "SSL Mode" : Uri.UnescapeDataString(parts[0])] = Uri.UnescapeDataString(parts.ElementAtOrDefault(1) ?? "");
                }
            }
            else
            {
                builder = new NpgsqlConnectionStringBuilder(text);
            }
            if (string.IsNullOrEmpty(builder.Host))
                throw new StartException($"PATROL_DATABASE names no host: {advice}");
            if (!builder.ShouldSerialize("Max Auto Prepare"))
                builder.MaxAutoPrepare = 100;
            if (!builder.ShouldSerialize("Application Name"))
                builder.ApplicationName = "patrol-server";
            // A database that is away is told within seconds, as 503.
            if (!builder.ShouldSerialize("Timeout"))
                builder.Timeout = 5;
            return builder.ConnectionString;
        }
        catch (ArgumentException)
        {
            throw new StartException($"PATROL_DATABASE cannot be read: {advice}");
        }
    }
}

/// <summary>When an address that presents too many unknown tokens is shut out.</summary>
public sealed record BanOptions
{
    public bool Enabled { get; init; } = true;

    /// <summary>How many unknown tokens within <see cref="Window"/> are too many.</summary>
    public int MaximumFailures { get; init; } = 30;

    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(3);

    public TimeSpan Duration { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The machine itself is never shut out.</summary>
    public bool ExemptLoopback { get; init; } = true;
}

/// <summary>How much of <c>api_json.log</c> is kept.</summary>
/// <param name="MaximumBytes">A file of this size is put aside.</param>
/// <param name="KeptFiles">How many files put aside are kept.</param>
public readonly record struct LogOptions(long MaximumBytes, int KeptFiles);

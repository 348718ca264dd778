using System.Text;
using System.Text.RegularExpressions;
using Patrol.Core.Tokens;
using Patrol.Server.Imports;
using Patrol.Server.Storage;

namespace Patrol.Server.Start;

/// <summary>
/// <c>patrol-server import atlassian|gitlab FILE.csv</c>: takes over other systems' tokens and ends. Exit code 0 if every row was taken
/// or had been before, 1 if some were not.
/// </summary>
internal static partial class ImportCommand
{
    public const string Name = "import";

    public const string Usage = """
        usage: patrol-server import atlassian FILE.csv [--users MAP.csv] [server options]
               patrol-server import gitlab FILE.csv --db-key-base FILE [--users MAP.csv] [server options]

          --users MAP.csv      who is who: USER_KEY,USERNAME (Atlassian) or USER_ID,USERNAME (GitLab);
                               not needed where FILE.csv has a column USERNAME
          --db-key-base FILE   GitLab's db_key_base: a file that holds it, secrets.yml or gitlab-secrets.json;
                               - reads it from standard input. Where that is a list of keys, all of them count.
                               The key itself is not taken: others see arguments.
        """;

    private const string Users = "--users", KeyBase = "--db-key-base";

    /// <summary>Runs the import that the command line asks for.</summary>
    /// <exception cref="StartException">It asks for something that there is not, or a file cannot be read.</exception>
    public static async Task<int> Run(string[] args, Func<string[], Task<WebApplication>> prepare)
    {
        if (args.Contains("--help") || args.Contains("-h"))
        {
            Console.WriteLine(Usage);
            return 0;
        }
        var (ours, servers) = Split(args[1..]);
        if (ours.Positional is not [var system, var file] || system is not ("atlassian" or "gitlab"))
            throw new StartException($"import needs atlassian or gitlab, and a file:\n{Usage}");
        if (system == "gitlab" != ours.KeyBase is not null)
            throw new StartException(system == "gitlab" ? $"import gitlab needs {KeyBase} FILE, or - for standard input." : $"{KeyBase} belongs to import gitlab.");
        try
        {
            var users = ours.Users is null ? null : ReadUsers(ours.Users, system == "gitlab" ? "USER_ID" : "USER_KEY");
            ImportedTable table = system == "gitlab" ? new GitLabTable(users, ReadKeys(ours.KeyBase!)) : new AtlassianTable(users);
            // Read before anything is written, so that a broken file changes nothing.
            var rows = CsvTable.Read(file, table.Columns).ToList();
            await using var app = await prepare(servers);
            var now = app.Services.GetRequiredService<TimeProvider>().Now();
            return Tell(await app.Services.GetRequiredService<ImportTokens>().Handle(rows, table, now));
        }
        catch (UnreadableFileException fault)
        {
            throw new StartException(fault.Message);
        }
    }

    private static int Tell(ImportReport report)
    {
        foreach (var (line, name, why) in report.NotTaken)
            Console.WriteLine($"line {line}, {(name.Length == 0 ? "without a name" : name.ReplaceLineEndings(" "))}: not taken: {why}");
        Console.WriteLine($"{report.Taken} taken, {report.AlreadyHere} already here, {report.NotTaken.Count} not taken");
        return report.NotTaken.Count == 0 ? 0 : 1;
    }

    private static (Arguments Ours, string[] Servers) Split(string[] args)
    {
        var (ours, servers) = (new Arguments(), new List<string>());
        for (var i = 0; i < args.Length; i++)
        {
            var (name, value) = args[i].Split('=', 2) is [var before, var after] ? (before, after) : (args[i], null);
            if (name is Users or KeyBase)
            {
                value ??= ++i < args.Length ? args[i] : throw new StartException($"{name} needs a file.");
                ours = name == Users ? ours with { Users = value } : ours with { KeyBase = value };
            }
            else if (!name.StartsWith('-'))
                ours.Positional.Add(args[i]);
            else
            {
                servers.Add(args[i]);
                if (value is null && name.StartsWith("--", StringComparison.Ordinal) && i + 1 < args.Length)
                    servers.Add(args[++i]);
            }
        }
        return (ours, [.. servers]);
    }

    private static Dictionary<string, string> ReadUsers(string file, string key)
    {
        var users = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in CsvTable.Read(file, key, "USERNAME"))
        {
            if (row.Find(key) is not { } found || row.Find("USERNAME") is not { } name)
                throw new UnreadableFileException($"{file}: line {row.Line} lacks {key} or USERNAME.");
            users[found] = name;
        }
        return users;
    }

    // GitLab takes the first 32 bytes.
    private static List<byte[]> ReadKeys(string where)
    {
        string text;
        try
        {
            text = where == "-" ? Console.In.ReadToEnd() : File.ReadAllText(where);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // What was given may be the key itself: it is not repeated.
            throw new StartException($"{KeyBase}: there is no file of that name that can be read. Give a file that holds the key, or - for standard input; never the key itself.");
        }
        var keys = Named().Match(text) is { Success: true } match ? match.Groups["key"].Captures.Select(key => key.Value).ToList() : [text.Trim()];
        if (keys.Exists(key => key.Length < ForeignDigest.SaltedSha256.KeyLength || key.Any(char.IsWhiteSpace)))
            throw new StartException($"{KeyBase}: no db_key_base of {ForeignDigest.SaltedSha256.KeyLength} characters or more is in there.");
        return keys.ConvertAll(key => Encoding.UTF8.GetBytes(key)[..ForeignDigest.SaltedSha256.KeyLength]);
    }

    // As secrets.yml and gitlab-secrets.json name it. Newer ones may have a list: the last makes new tokens, those before it made
    // older ones.
    [GeneratedRegex("""
        db_key_base["']?\s*[:=]>?\s*
        (?: \[ (?:[\s,]*["']?(?<key>[^\s"',\[\]]+)["']?)+
          | (?:-\s+["']?(?<key>[^\s"',]+)["']?(?:\s|\#.*)*)+
          | ["']?(?<key>[^\s"',]+) )
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Named();

    private sealed record Arguments
    {
        public List<string> Positional { get; } = [];
        public string? Users { get; init; }
        public string? KeyBase { get; init; }
    }
}

using System.Reflection;
using System.Text.RegularExpressions;
using Patrol.AspNetCore;
using Patrol.Core.Tokens;
using Patrol.Server.Start;
using Patrol.Tests.Kit;

namespace Patrol.Tests.House;

/// <summary>
/// Who may know whom: Wire, Web, Jobs → rooms → Core; rooms → Storage. Read from the compiled code, and from what it imports,
/// since a constant leaves no trace in compiled code.
/// </summary>
public sealed partial class DirectionTests
{
    private const string Server = "Patrol.Server";
    private static readonly string[] Edges = ["Wire", "Web", "Jobs"];

    // Not rooms: what the rooms stand on, what stands before them, and what puts all together.
    private static readonly string[] NotRooms = [.. Edges, "Access", "Mail", "Start", "Storage", "Telemetry"];

    private static readonly Assembly ServerAssembly = typeof(PatrolServer).Assembly;
    private static readonly Assembly PackageAssembly = typeof(PatrolVerifier).Assembly;
    private static readonly References ServerReferences = new(ServerAssembly);
    private static readonly References CoreReferences = new(typeof(Secret).Assembly);
    private static readonly References PackageReferences = new(PackageAssembly);

    private static readonly HashSet<(string From, string To)> Uses =
        [.. ServerReferences.Types.Select(pair => (Name(pair.From), Name(pair.To))), .. Imports()];

    [Fact]
    public void Nobody_but_the_start_knows_the_edges() => AssertNone(
        from => Part(from) is not null and not "Start" && !Edges.Contains(Part(from)),
        to => Edges.Contains(Part(to)));

    [Fact]
    public void No_edge_knows_another()
    {
        foreach (var edge in Edges)
            AssertNone(from => Part(from) == edge, to => Edges.Contains(Part(to)) && Part(to) != edge);
    }

    [Fact]
    public void No_dialect_knows_another()
    {
        var dialects = Uses.Select(pair => Dialect(pair.From)).OfType<string>().Distinct().ToList();
        Assert.Contains("GitLab", dialects);
        foreach (var dialect in dialects)
            AssertNone(from => Dialect(from) == dialect, to => Dialect(to) is { } other && other != dialect);
    }

    [Fact]
    public void The_store_knows_nothing_of_what_is_stored() => AssertNone(from => Part(from) == "Storage", to => Part(to) is not null and not "Storage");

    [Fact]
    public void Rooms_know_nothing_of_how_the_server_starts() => AssertNone(IsInRoom, to => Part(to) == "Start");

    /// <summary>Rooms meet in one transaction by calling each other's functions; a table is written by its own room alone.</summary>
    [Fact]
    public void A_table_is_written_by_its_own_room()
    {
        Dictionary<string, string[]> owners = new(StringComparer.Ordinal)
        {
            ["tokens"] = ["Tokens"],
            ["token_ips"] = ["Tokens"],
            ["users"] = ["Users"],
            // Groups, and the personal namespaces that come and go with users.
            ["namespaces"] = ["Groups", "Users"],
            ["projects"] = ["Projects"],
            ["members"] = ["Members"],
            ["audit"] = ["Audit"],
            ["clients"] = ["Clients"],
            ["signing_keys"] = ["Registry"],
            ["runs"] = ["Runs"],
            ["outbox"] = ["Outbox"],
            ["notices"] = ["Notices"],
            ["hooks"] = ["Webhooks"],
            ["sessions"] = ["Sessions"],
            ["identities"] = ["Sessions"],
            ["protection_keys"] = ["Sessions"],
            ["shown_once"] = ["Sessions"],
            ["calendar_feeds"] = ["Users"],
            ["retirements"] = ["Tokens"],
            ["import_keys"] = ["Imports"],
            ["imports"] = ["Imports"],
            // The second row tells which secret fits the database.
            ["settings"] = ["Settings", "Start"],
        };
        var found = 0;
        foreach (var file in Repository.CSharpFiles("src/Patrol.Server"))
        {
            foreach (Match write in WritesTable().Matches(Repository.Read(file)))
            {
                found++;
                Assert.True(owners.TryGetValue(write.Groups[1].Value, out var rooms), $"{file} writes {write.Groups[1].Value}, which nobody owns");
                Assert.True(rooms.Any(room => file.Contains($"/{room}/", StringComparison.Ordinal)), $"{file} writes {write.Groups[1].Value}");
            }
        }
        Assert.True(found > 10, "The statements were not found.");
    }

    /// <summary>A service that uses the package carries no second server with it.</summary>
    [Fact]
    public void The_package_knows_the_rules_alone() =>
        Assert.DoesNotContain(PackageAssembly.GetReferencedAssemblies(), assembly => assembly.Name == "patrol-server");

    [Fact]
    public void The_rules_know_no_package_and_no_other_project()
    {
        var project = Repository.Read("src/Patrol.Core/Patrol.Core.csproj");
        Assert.DoesNotContain("Reference", project, StringComparison.Ordinal);
        Assert.All(typeof(Secret).Assembly.GetReferencedAssemblies(), assembly => Assert.StartsWith("System.", assembly.Name, StringComparison.Ordinal));
    }

    [Fact]
    public void The_rules_have_no_clock_and_touch_neither_files_nor_network_nor_chance()
    {
        string[] forbiddenNamespaces = ["System.IO", "System.Net", "System.Data", "System.Threading", "System.Diagnostics"];
        string[] forbiddenTypes = [nameof(TimeProvider), nameof(Environment), nameof(Console), nameof(Random), "RandomNumberGenerator", nameof(Guid)];
        Assert.DoesNotContain(CoreReferences.Types, pair =>
            Array.Exists(forbiddenNamespaces, name => pair.To.Namespace == name || pair.To.Namespace?.StartsWith($"{name}.", StringComparison.Ordinal) == true)
            && !pair.To.IsAssignableTo(typeof(Attribute)));
        Assert.DoesNotContain(CoreReferences.Types, pair => forbiddenTypes.Contains(pair.To.Name));
    }

    [Fact]
    public void Nobody_reads_the_clock_but_through_the_time_provider()
    {
        string[] clocks = ["get_Now", "get_UtcNow", "get_Today"];
        foreach (var references in (References[])[ServerReferences, CoreReferences, PackageReferences])
        {
            Assert.DoesNotContain(references.Members, pair =>
                (pair.To.DeclaringType == typeof(DateTime) || pair.To.DeclaringType == typeof(DateTimeOffset)) && clocks.Contains(pair.To.Name));
        }
    }

    /// <summary>The names in the server that reveal a secret, each with its reason.</summary>
    [Fact]
    public void Only_these_reveal_a_secret()
    {
        string[] allowed =
        [
            // Signs in at the mail server.
            "Patrol.Server.Mail.SmtpTransport",
            // Sets the cookie, once.
            "Patrol.Server.Sessions.SessionCookie",
            // Checks the length of a text that somebody else made.
            "Patrol.Server.Tokens.CreatePersonalToken",
            // Makes the digest that is stored.
            "Patrol.Server.Tokens.TokenIssuer",
            // Show a new secret address, and a new token's text, once; and carry them to the page that does.
            "Patrol.Server.Web.Calendar.CalendarPage",
            "Patrol.Server.Web.Handover",
            "Patrol.Server.Web.Tokens.NewTokenPanel",
            // Check and seal what webhooks are called with.
            "Patrol.Server.Webhooks.SaveWebhook",
            "Patrol.Server.Webhooks.WebhookSecrets",
            // Shows a new token's text, once.
            "Patrol.Server.Wire.Atlassian.SessionApi",
            "Patrol.Server.Wire.Atlassian.TokenJson",
            "Patrol.Server.Wire.GitLab.TokenJson",
            // Shows a new client's secret, once.
            "Patrol.Server.Wire.Native.ClientsApi",
            "Patrol.Server.Wire.Native.NativeApi",
        ];
        var revealing = ServerReferences.Members.Concat(CoreReferences.Members).Concat(PackageReferences.Members)
            .Where(pair => pair.To.DeclaringType == typeof(Secret) && pair.To.Name == nameof(Secret.Reveal))
            .Select(pair => pair.From.FullName).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(allowed, revealing);
    }

    [Fact]
    public void No_log_message_has_room_for_a_secret()
    {
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        string[] speaking = ["token", "text", "secret", "password", "connectionString"];
        var messages = ServerAssembly.GetTypes().Concat(PackageAssembly.GetTypes()).SelectMany(type => type.GetMethods(all))
            .Where(method => method.GetCustomAttributesData().Any(attribute => attribute.AttributeType.Name == "LoggerMessageAttribute")).ToList();
        Assert.NotEmpty(messages);
        Assert.DoesNotContain(messages.SelectMany(method => method.GetParameters()), parameter =>
            parameter.ParameterType == typeof(Secret) || speaking.Contains(parameter.Name, StringComparer.OrdinalIgnoreCase));
    }

    [GeneratedRegex(@"\b(?:INSERT INTO|UPDATE|DELETE FROM) ([a-z_]+)\b")]
    private static partial Regex WritesTable();

    private static void AssertNone(Func<string, bool> from, Func<string, bool> to) => Assert.Empty(Find(from, to));

    private static List<(string From, string To)> Find(Func<string, bool> from, Func<string, bool> to) =>
        [.. Uses.Where(pair => from(pair.From) && to(pair.To)).OrderBy(pair => $"{pair.From} → {pair.To}", StringComparer.Ordinal)];

    private static bool IsInRoom(string name) => Part(name) is { } part && !NotRooms.Contains(part);

    /// <summary>The folder right under the server's: <c>Tokens</c> of <c>Patrol.Server.Tokens.Token</c>. Null outside of all.</summary>
    private static string? Part(string name) =>
        name.StartsWith($"{Server}.", StringComparison.Ordinal) && name.Split('.') is { Length: > 3 } parts ? parts[2] : null;

    private static string? Dialect(string name) => Part(name) == "Wire" && name.Split('.') is { Length: > 4 } parts ? parts[3] : null;

    private static string Name(Type type) => $"{type.Namespace}.{type.Name}";

    private static IEnumerable<(string From, string To)> Imports()
    {
        foreach (var file in Repository.CSharpFiles("src/Patrol.Server"))
        {
            var lines = Repository.Read(file).Split('\n');
            if (lines.FirstOrDefault(line => line.StartsWith("namespace ", StringComparison.Ordinal)) is not { } declared)
                continue;
            var from = $"{declared["namespace ".Length..].TrimEnd(';', '\r')}.{Path.GetFileNameWithoutExtension(file)}";
            foreach (var line in lines.Where(line => line.StartsWith($"using {Server}.", StringComparison.Ordinal)))
                yield return (from, $"{line["using ".Length..].TrimEnd(';', '\r')}.(imported)");
        }
    }
}

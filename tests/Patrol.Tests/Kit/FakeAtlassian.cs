using System.Text.Json;

namespace Patrol.Tests.Kit;

/// <summary>
/// Jira or Confluence as far as a client of its tokens sees it, after what independent clients recorded of real instances. It knows
/// two users, robin and the administrator, and writes instants in each of the ways that real ones do.
/// </summary>
internal sealed class FakeAtlassian : IAsyncDisposable
{
    public const string Robin = "robin", Admin = "admin";

    private static readonly string[] Ways = ["yyyy-MM-ddTHH:mm:ss.fffZ", "yyyy-MM-ddTHH:mm:ss.fff+0000", "yyyy-MM-ddTHH:mm:ss+00:00", ""];

    private readonly List<Row> rows = [];
    private readonly bool hasSearch;
    private readonly DateTimeOffset now;
    private ScriptedApi api = null!;
    private long last;

    private FakeAtlassian(bool hasSearch, DateTimeOffset now) => (this.hasSearch, this.now) = (hasSearch, now);

    public string Address => api.Address;

    /// <summary>Deletions by administrators are answered so; null carries them out.</summary>
    public int? RefusesOthers { get; set; }

    /// <param name="hasSearch">A Data Center licence, with the administrators' view.</param>
    /// <param name="now">The instant that it takes for now.</param>
    public static async Task<FakeAtlassian> Start(bool hasSearch, DateTimeOffset now)
    {
        var fake = new FakeAtlassian(hasSearch, now);
        fake.api = await ScriptedApi.Start(fake.Answer);
        return fake;
    }

    /// <summary>Gives somebody a token; answers its text.</summary>
    public (long Id, string Text) Add(string owner, string name, DateTimeOffset createdAt, int? days)
    {
        var row = new Row(++last, owner, name, createdAt, days is { } count ? createdAt.AddDays(count) : null, $"NzQyMzA5MzQyODg3{owner}{last:D12}aaaaaaaaaaaa");
        lock (rows)
            rows.Add(row);
        return (row.Id, row.Text);
    }

    public ValueTask DisposeAsync() => api.DisposeAsync();

    private ScriptedAnswer Answer(SeenRequest request)
    {
        lock (rows)
        {
            var caller = rows.Find(row => request.Token == $"Bearer {row.Text}" && !(row.EndsAt <= now))?.Owner;
            if (caller is null)
                return new(401, """{"message":"Client must be authenticated to access this resource.","status-code":401}""");
            return (request.Method, request.Path) switch
            {
                ("GET", "/rest/api/2/myself") => new(200, $$"""{"name":"{{caller}}","key":"JIRAUSER10000","emailAddress":"{{caller}}@example.com","active":true}"""),
                ("GET", "/rest/api/user/current") => new(200, $$"""{"type":"known","username":"{{caller}}","userKey":"8a01"}"""),
                ("GET", "/rest/pat/latest/tokens") => new(200, Array(rows.Where(row => row.Owner == caller).Select(row => Json(row, "")))),
                ("POST", "/rest/pat/latest/tokens") => Create(caller, request.Body),
                ("POST", "/rest/pat/latest/tokens/search") when !hasSearch => new(404, "<html>Not found</html>") { Type = "text/html" },
                ("POST", "/rest/pat/latest/tokens/search") => caller == Admin ? Search(request.Body) : new(403, ""),
                ("DELETE", var path) => Delete(caller, long.Parse(path[(path.LastIndexOf('/') + 1)..], System.Globalization.CultureInfo.InvariantCulture)),
                _ => new(404, "<html>Not found</html>") { Type = "text/html" },
            };
        }
    }

    private ScriptedAnswer Create(string caller, string body)
    {
        var asked = JsonDocument.Parse(body).RootElement;
        if (rows.Count(row => row.Owner == caller) == 10)
            return new(400, """{"message":"You can't create more than 10 tokens.","exceptionName":"UserTokenLimitExceededException"}""");
        var days = asked.TryGetProperty("expirationDuration", out var given) ? given.GetInt32() : (int?)null;
        Add(caller, asked.GetProperty("name").GetString()!, now, days);
        return new(201, Json(rows[^1], $$""","rawToken":"{{rows[^1].Text}}" """));
    }

    private ScriptedAnswer Search(string body)
    {
        var asked = JsonDocument.Parse(body).RootElement;
        var (page, limit) = (asked.GetProperty("page").GetInt32(), asked.GetProperty("limit").GetInt32());
        var values = rows.Skip(page * limit).Take(limit).Select(row => Json(row, $$""","userProfileResource":{"username":"{{row.Owner}}"}"""));
        return new(200, $$"""{"values":{{Array(values)}}}""");
    }

    private ScriptedAnswer Delete(string caller, long id)
    {
        var row = rows.Find(row => row.Id == id);
        if (row is null || (row.Owner != caller && caller != Admin))
            return new(404);
        if (row.Owner != caller && RefusesOthers is { } status)
            return new(status);
        rows.Remove(row);
        return new(204);
    }

    private static string Array(IEnumerable<string> items) => $"[{string.Join(',', items)}]";

    private static string Json(Row row, string more)
    {
        string Instant(DateTimeOffset instant) => Ways[row.Id % Ways.Length] is { Length: > 0 } way
            ? $"\"{instant.UtcDateTime.ToString(way, System.Globalization.CultureInfo.InvariantCulture)}\"" : $"{instant.ToUnixTimeMilliseconds()}";
        var end = row.EndsAt ?? new DateTimeOffset(9999, 12, 31, 0, 0, 0, TimeSpan.Zero);
        return $$"""{"id":{{row.Id}},"name":"{{row.Name}}","createdAt":{{Instant(row.CreatedAt)}},"expiringAt":{{Instant(end)}}{{more}}}""";
    }

    private sealed record Row(long Id, string Owner, string Name, DateTimeOffset CreatedAt, DateTimeOffset? EndsAt, string Text);
}

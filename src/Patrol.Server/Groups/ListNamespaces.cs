using System.Data.Common;
using System.Globalization;
using Dapper;
using Patrol.Core.Directory;
using Patrol.Core.Results;
using Patrol.Server.Access;
using Patrol.Server.Members;
using Patrol.Server.Storage;

namespace Patrol.Server.Groups;

/// <summary>Which namespaces are meant. What is null or false does not matter.</summary>
/// <param name="Search">Part of the name or path.</param>
/// <param name="SearchFullPath">The search looks at the full name and the full path instead.</param>
/// <param name="OwnedOnly">Without groups of which the caller is a member but no owner; administrators see all of them nevertheless.</param>
/// <param name="TopLevelOnly">Without groups in groups.</param>
internal sealed record NamespaceFilter(string? Search, bool SearchFullPath, bool OwnedOnly, bool TopLevelOnly);

/// <summary>Lists and finds namespaces. As in GitLab fewer are listed than can be found: the caller's own, and the groups of which they are a member.</summary>
internal sealed class ListNamespaces(FindResource find, Database database)
{
    private const string OfMembers = """
        n.owner_id = @userId OR n.id IN (
            SELECT m.resource_id FROM members m
            WHERE m.resource_kind = 1 AND m.user_id = @userId AND m.access_level >= @least AND (m.expires_at IS NULL OR m.expires_at > @at))
        """;

    public Task<Listing<VisibleNamespace>> Handle(Caller caller, NamespaceFilter filter, long offset, int take, DateTimeOffset now)
    {
        var query = new ListingQuery();
        if (!caller.IsAdmin)
        {
            var least = (long)(filter.OwnedOnly ? AccessLevel.Owner : AccessLevel.Guest);
            query.Where(OfMembers).Values.AddDynamicParams(new { userId = caller.User.Id, least, at = now.ToUnixTimeMilliseconds() });
        }
        if (filter.TopLevelOnly)
            query.Where("n.parent_id IS NULL");
        if (filter.SearchFullPath)
            query.WhereContains(filter.Search, "n.full_name", "n.full_path");
        else
            query.WhereContains(filter.Search, "n.name", "n.path");
        return database.Read(async connection =>
        {
            var found = await query.Read<Namespace>(connection, Namespace.Columns, "namespaces n", "n.id", new ListingPart("n.id", Descending: false, offset, take));
            return new Listing<VisibleNamespace>(await Load(connection, caller, found.Rows, now), found.Total);
        });
    }

    /// <summary>The group or the caller's own place with that id or full path. Administrators find everybody's.</summary>
    public async Task<Result<VisibleNamespace>> Find(Caller caller, string idOrPath, DateTimeOffset now)
    {
        var where = long.TryParse(idOrPath, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? "n.id = @id" : "n.full_path_key = @key";
        var found = await database.Read(connection => connection.QueryFirstOrDefaultAsync<Namespace>(
            $"SELECT {Namespace.Columns} FROM namespaces n WHERE {where}", new { id, key = idOrPath.ToLowerInvariant() }));
        var sees = found switch
        {
            null => false,
            { OwnerId: { } owner } => caller.IsAdmin || caller.Is(owner),
            _ => (await find.Handle(caller, isGroup: true, $"{found.Id}", now)).Refusal is null,
        };
        return sees ? (await database.Read(connection => Load(connection, caller, [found!], now)))[0] : new Refusal.NotFound("Namespace");
    }

    /// <summary>True if a user or group has that path, at the top or directly in a group. Said to everybody: a name that is taken cannot be kept secret.</summary>
    public Task<bool> Exists(string path, long? parentId) => database.Read(connection => connection.ExecuteScalarAsync<bool>(
        "SELECT count(*) > 0 FROM namespaces n WHERE lower(n.path) = @key AND n.parent_id IS NOT DISTINCT FROM @parentId",
        new { key = path.ToLowerInvariant(), parentId }));

    private static async Task<List<VisibleNamespace>> Load(DbConnection connection, Caller caller, List<Namespace> namespaces, DateTimeOffset now)
    {
        var groups = namespaces.Where(one => one.OwnerId is null).Select(one => one.Id).ToList();
        var members = groups.Count == 0 ? [] : (await connection.QueryAsync<(long GroupId, long Members)>(
            $"""
            {Reach.Sql},
            tree(top, id) AS (
                SELECT n.id, n.id FROM namespaces n WHERE n.id IN ({string.Join(',', groups)}) AND (@admin OR n.id IN (SELECT id FROM below))
                UNION
                SELECT t.top, n.id FROM namespaces n JOIN tree t ON n.parent_id = t.id
            )
            SELECT t.top, count(DISTINCT u.id) FROM tree t
            LEFT JOIN members m ON m.resource_kind = 1 AND m.resource_id = t.id AND (m.expires_at IS NULL OR m.expires_at > @at)
            LEFT JOIN users u ON u.id = m.user_id AND u.state = 'active'
            GROUP BY t.top
            """,
            new { admin = caller.IsAdmin, userId = caller.User.Id, least = (long)AccessLevel.Owner, at = now.ToUnixTimeMilliseconds() }))
            .ToDictionary(row => row.GroupId, row => row.Members);
        return namespaces.ConvertAll(one => new VisibleNamespace(one, members.TryGetValue(one.Id, out var count) ? count : null));
    }
}

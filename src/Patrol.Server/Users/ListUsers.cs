using Patrol.Server.Storage;

namespace Patrol.Server.Users;

/// <summary>Which users are meant. What is null or false does not matter.</summary>
internal sealed record UserFilter
{
    public string? Username { get; init; }

    /// <summary>Part of the name or user name.</summary>
    public string? Search { get; init; }

    /// <summary>The search also finds the whole e-mail address, which only administrators may learn by it.</summary>
    public bool SearchEmail { get; init; }
    public bool Active { get; init; }
    public bool Blocked { get; init; }
    public bool ExcludeActive { get; init; }
    public bool ExcludeBlocked { get; init; }
    public bool External { get; init; }
    public bool ExcludeExternal { get; init; }
    public bool Admins { get; init; }
    public bool Humans { get; init; }
    public bool ExcludeHumans { get; init; }
    public bool WithoutBots { get; init; }
    public DateTimeOffset? CreatedAfter { get; init; }
    public DateTimeOffset? CreatedBefore { get; init; }

    /// <summary>Users who have no project at that instant: neither in their own namespace nor by a membership.</summary>
    public DateTimeOffset? WithoutProjectsAt { get; init; }

    /// <summary>What is asked for is something that nobody here has.</summary>
    public bool Nobody { get; init; }
}

/// <summary>Lists users. Everybody who is signed in may see who is there; what is shown of them is the dialect's to choose.</summary>
internal sealed class ListUsers(Database database)
{
    private const string WithProjects = """
        WITH RECURSIVE holding(id) AS (
            SELECT p.namespace_id FROM projects p
            UNION
            SELECT n.parent_id FROM namespaces n JOIN holding h ON n.id = h.id WHERE n.parent_id IS NOT NULL
        )
        SELECT n.owner_id FROM namespaces n JOIN holding h ON n.id = h.id WHERE n.owner_id IS NOT NULL
        UNION
        SELECT m.user_id FROM members m
        WHERE (m.expires_at IS NULL OR m.expires_at > @at) AND (m.resource_kind = 0 OR m.resource_id IN (SELECT id FROM holding))
        """;

    public Task<Listing<UserProfile>> Handle(UserFilter filter, ListingPart part)
    {
        var query = new ListingQuery();
        if (filter.Username is { } username)
            query.Where("u.username_key = @key", "key", UserSql.Key(username));
        if (filter.SearchEmail && filter.Search is { Length: > 0 } email && email.Contains('@'))
            query.Where("u.email_key = @email", "email", UserSql.Key(email));
        else
            query.WhereContains(filter.Search, "u.name", "u.username");
        if (filter.Active)
            query.Where("u.state = 'active'");
        if (filter.Blocked)
            query.Where("u.state = 'blocked'");
        if (filter.ExcludeActive)
            query.Where("u.state <> 'active'");
        if (filter.ExcludeBlocked)
            query.Where("u.state <> 'blocked'");
        if (filter.External)
            query.Where("u.external = 1");
        if (filter.ExcludeExternal)
            query.Where("u.external = 0");
        if (filter.Admins)
            query.Where("u.admin = 1");
        if (filter.Humans)
            query.Where($"u.kind = {(int)UserKind.Human}");
        if (filter.ExcludeHumans)
            query.Where($"u.kind <> {(int)UserKind.Human}");
        if (filter.WithoutBots)
            query.Where($"u.kind <> {(int)UserKind.Bot}");
        if (filter.CreatedAfter is { } after)
            query.Where("u.created_at > @after", "after", after.ToUnixTimeMilliseconds());
        if (filter.CreatedBefore is { } before)
            query.Where("u.created_at < @before", "before", before.ToUnixTimeMilliseconds());
        if (filter.WithoutProjectsAt is { } at)
            query.Where($"u.id NOT IN ({WithProjects})", "at", at.ToUnixTimeMilliseconds());
        if (filter.Nobody)
            query.Where("1 = 0");
        return database.Read(async connection =>
        {
            var users = await query.Read<User>(connection, User.Columns, "users u", "u.id", part);
            return new Listing<UserProfile>(await UserProfile.Load(connection, users.Rows), users.Total);
        });
    }
}

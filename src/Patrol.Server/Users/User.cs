namespace Patrol.Server.Users;

/// <summary>What sort of user it is; GitLab's numbers.</summary>
public enum UserKind
{
    Human = 0,

    /// <summary>The user behind a project's or group's access token.</summary>
    Bot = 6,

    ServiceAccount = 13,
}

/// <summary>A user as stored. Instants are Unix milliseconds.</summary>
public sealed record User
{
    public const string Active = "active";
    public const string Blocked = "blocked";

    /// <summary>The columns, for queries that read whole users from a table called <c>u</c>.</summary>
    public const string Columns = """
        u.id, u.username, u.name, u.email, u.kind, u.admin AS is_admin, u.external AS is_external, u.can_create_group,
        u.private_profile, u.state, u.note, u.bot_resource_kind, u.bot_resource_id, u.created_by, u.created_at, u.preferred_language
        """;

    public long Id { get; init; }
    public string Username { get; init; } = "";
    public string Name { get; init; } = "";
    public string Email { get; init; } = "";
    public UserKind Kind { get; init; }
    public bool IsAdmin { get; init; }
    public bool IsExternal { get; init; }
    public bool CanCreateGroup { get; init; }
    public bool PrivateProfile { get; init; }
    public string State { get; init; } = Active;
    public string? Note { get; init; }

    /// <summary>For a bot: whether it belongs to a project (0) or a group (1).</summary>
    public long? BotResourceKind { get; init; }

    /// <summary>For a bot: the project's or group's id.</summary>
    public long? BotResourceId { get; init; }
    public long? CreatedBy { get; init; }
    public long CreatedAt { get; init; }

    /// <summary>In which language to write to them: GitLab's codes, such as <c>en</c>, <c>ja</c> or <c>zh_CN</c>.</summary>
    public string PreferredLanguage { get; init; } = "en";

    public bool IsActive => State == Active;

    public bool IsBot => Kind == UserKind.Bot;
}

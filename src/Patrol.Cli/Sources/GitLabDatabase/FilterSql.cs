using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace Patrol.Cli.Sources.GitLabDatabase;

/// <summary>
/// A filter as SQL: <see cref="From"/> and <see cref="Where"/> over <c>pat</c> (tokens) and <c>u</c> (their owners), with the
/// values apart in <see cref="AddTo"/>.
/// </summary>
internal sealed class FilterSql
{
    public const int ProjectBot = 6;
    public const int ServiceAccount = 13;

    // Before 16.x a person's type could be NULL. Written without COALESCE, which keeps PostgreSQL from using what it knows of the column.
    private const string IsBot = "u.user_type = 6";
    private const string Blocked = "('blocked', 'ldap_blocked', 'blocked_pending_approval', 'banned')";

    private readonly List<string> conditions = [];
    private readonly List<(object Value, NpgsqlDbType Type)> values = [];
    private readonly Schema schema;
    private readonly int first;

    /// <param name="schema">The database's.</param>
    /// <param name="filter">The filter.</param>
    /// <param name="firstParameter">The number of its first parameter: others may come before.</param>
    public FilterSql(Schema schema, TokenFilter filter, int firstParameter = 1)
    {
        this.schema = schema;
        first = firstParameter;
        Add(filter);
    }

    /// <summary>Whether a condition asks for the owners.</summary>
    public bool NeedsOwners => conditions.Exists(condition => condition.Contains("u.", StringComparison.Ordinal));

    /// <summary>The tables; the owners only where a condition asks for them.</summary>
    public string From => NeedsOwners ? FromWithOwners : $"{Schema.Tokens} pat";

    /// <summary>The tables, owners included.</summary>
    public const string FromWithOwners = $"{Schema.Tokens} pat JOIN users u ON u.id = pat.user_id";

    /// <summary>The conditions.</summary>
    public string Where => conditions.Count == 0 ? "TRUE" : string.Join(" AND ", conditions);

    /// <summary>The number of the first parameter after its own.</summary>
    public int Next => first + values.Count;

    /// <summary>Gives a command its values; they must come right where <c>firstParameter</c> said.</summary>
    public void AddTo(NpgsqlParameterCollection parameters)
    {
        foreach (var (value, type) in values)
            parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = type });
    }

    /// <summary>
    /// The resource of a bot's token as an array of <c>Namespace</c> or <c>Project</c>, its id and its full path; NULL for people.
    /// By membership, the oldest if there are several; else by what the bot was made for; else by its user name. A sub-select, so
    /// that nothing multiplies, inside CASE, so that people's tokens cost nothing.
    /// </summary>
    public static string Resource(Schema schema)
    {
        string Path(string type, string id) => schema.Has("routes.path")
            ? $"(SELECT r.path FROM routes r WHERE r.source_type = {type} AND r.source_id = {id})" : "NULL::text";
        var sources = new StringBuilder();
        sources.Append($"(SELECT ARRAY[m.source_type::text, m.source_id::text, {Path("m.source_type", "m.source_id")}] FROM members m WHERE {MembersOf(schema, "u.id")} ORDER BY m.id LIMIT 1)");
        if (schema.Has("user_details.bot_namespace_id") && schema.Has("namespaces.type") && schema.Has("projects.project_namespace_id"))
        {
            sources.Append(
                $"""
                , (SELECT CASE WHEN n.type = 'Project'
                    THEN (SELECT ARRAY['Project', p.id::text, {Path("'Project'", "p.id")}] FROM projects p WHERE p.project_namespace_id = n.id)
                    ELSE ARRAY['Namespace', n.id::text, {Path("'Namespace'", "n.id")}] END
                   FROM user_details d JOIN namespaces n ON n.id = d.bot_namespace_id WHERE d.user_id = u.id)
                """);
        }
        sources.Append(
            $"""
            , (SELECT ARRAY[b.type, b.id, {Path("b.type", "b.id::bigint")}]
               FROM (SELECT CASE x[1] WHEN 'group' THEN 'Namespace' ELSE 'Project' END AS type, x[2] AS id
                     FROM regexp_match(u.username, '^(project|group)_(\d{"{1,18}"})_bot') x WHERE x IS NOT NULL) b)
            """);
        return $"CASE WHEN {IsBot} THEN COALESCE({sources}) END";
    }

    /// <summary>The memberships <c>m</c> of a user. GitLab's indexes on their users leave out those that were only asked for, which no bot has.</summary>
    private static string MembersOf(Schema schema, string user) =>
        $"m.user_id = {user}{(schema.Has("members.requested_at") ? " AND m.requested_at IS NULL" : "")}";

    private void Add(TokenFilter filter)
    {
        if (filter.Ids is { } ids)
            conditions.Add($"pat.id = ANY({Value(ids.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bigint)})");
        if (filter.ExpiresOn is { } day)
            conditions.Add(CalendarRange.On("pat.expires_at", day));
        if (filter.ExpiresFrom is { } from)
            conditions.Add(CalendarRange.From("pat.expires_at", from));
        if (filter.ExpiresTo is { } to)
            conditions.Add(CalendarRange.To("pat.expires_at", to));
        if (filter.NoExpiry)
            conditions.Add("pat.expires_at IS NULL");
        if (filter.UnusedSince is { } since)
        {
            var instant = since.UtcDateTime;
            conditions.Add($"pat.created_at < {Value(DateTime.SpecifyKind(instant, DateTimeKind.Unspecified), NpgsqlDbType.Timestamp)}");
            conditions.Add($"(pat.last_used_at < {Value(instant, NpgsqlDbType.TimestampTz)} OR pat.last_used_at IS NULL)");
        }
        if (filter.Owner is { } owner)
            conditions.Add($"lower(u.username) = lower({Value(owner, NpgsqlDbType.Text)})");
        foreach (var scope in filter.Scopes)
            conditions.Add($"pat.scopes ~ {Value(ScopeText.Pattern(scope), NpgsqlDbType.Text)}");
        if (filter.WithoutBlocked)
            conditions.Add($"(u.state IS NULL OR u.state NOT IN {Blocked} OR {IsBot})");
        if (filter.WithoutRevoked)
            conditions.Add("(pat.revoked = FALSE OR pat.revoked IS NULL)");
        if (filter.WithoutImpersonation)
            conditions.Add("pat.impersonation = FALSE");
        Add(filter.State, filter.Today);
        if (filter.Sorts.Count > 0)
            conditions.Add($"({string.Join(" OR ", filter.Sorts.Distinct().Select(Condition))})");
    }

    private void Add(StateFilter state, DateOnly today)
    {
        var expired = CalendarRange.To("pat.expires_at", today);
        const string live = "(pat.revoked = FALSE OR pat.revoked IS NULL)";
        switch (state)
        {
            case StateFilter.Active:
                conditions.Add($"{live} AND (pat.expires_at IS NULL OR pat.expires_at > '{today:yyyy-MM-dd}')");
                break;
            case StateFilter.Expired:
                conditions.Add($"{live} AND {expired}");
                break;
            case StateFilter.Revoked:
                conditions.Add("pat.revoked = TRUE");
                break;
            case StateFilter.Inactive:
                conditions.Add($"(pat.revoked = TRUE OR {expired})");
                break;
            case StateFilter.Any:
            default:
                break;
        }
    }

    private string Condition(TokenSort sort)
    {
        const string person = "(u.user_type NOT IN (6, 13) OR u.user_type IS NULL)";
        return sort switch
        {
            TokenSort.Personal => $"({person} AND pat.impersonation = FALSE)",
            TokenSort.Impersonation => $"({person} AND pat.impersonation = TRUE)",
            TokenSort.ServiceAccount => $"u.user_type = {ServiceAccount}",
            TokenSort.Group => $"({IsBot} AND ({Resource(schema)})[1] = 'Namespace')",
            // A bot whose resource nobody knows any more is shown as a project's.
            _ => $"({IsBot} AND ({Resource(schema)})[1] IS DISTINCT FROM 'Namespace')",
        };
    }

    private string Value(object value, NpgsqlDbType type)
    {
        values.Add((value, type));
        return $"${first + values.Count - 1}";
    }
}

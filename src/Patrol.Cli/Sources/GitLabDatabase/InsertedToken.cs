using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace Patrol.Cli.Sources.GitLabDatabase;

/// <summary>
/// The columns of a new token in this schema: <c>NOT NULL</c> ones without a default, and those that GitLab fills (gitlab-schema,
/// "What writes what"). Parameters: $1 the user or the predecessor, $2 digest, $3 expiry date, $4 now; a user's besides $5 name,
/// $6 scopes, $7 organization.
/// </summary>
internal sealed class InsertedToken
{
    private readonly List<(string Name, string OfUser, string OfPredecessor)> columns =
    [
        ("user_id", "u.id", "old.user_id"), ("name", "$5", "old.name"), ("scopes", "$6", "old.scopes"), ("impersonation", "FALSE", "old.impersonation"),
        ("revoked", "FALSE", "FALSE"), ("token_digest", "$2", "$2"), ("expires_at", "$3::date", "$3::date"), ("created_at", "$4", "$4"), ("updated_at", "$4", "$4"),
    ];

    private readonly List<(string Name, string Value)> ofSuccessors = [];

    public InsertedToken(Schema schema)
    {
        if (schema.TokenHas("organization_id"))
            columns.Add(("organization_id", "$7", "old.organization_id"));
        if (schema.TokenHas("user_type"))
            columns.Add(("user_type", "COALESCE(u.user_type, 0)", "COALESCE(u.user_type, 0)"));
        if (schema.TokenHas("group_id") && schema.Has("user_details.bot_namespace_id") && schema.Has("namespaces.traversal_ids"))
            columns.Add(("group_id", RootGroup, $"COALESCE(old.group_id, {RootGroup})"));
        if (schema.TokenHas("previous_personal_access_token_id"))
            ofSuccessors.Add(("previous_personal_access_token_id", "old.id"));
        foreach (var kept in (string[])["description", "sudo"])
        {
            if (schema.TokenHas(kept))
                ofSuccessors.Add((kept, $"old.{kept}"));
        }
        IsPlain = schema.TokenHas("granular") ? "NOT granular" : "TRUE";
    }

    public string Names => string.Join(", ", columns.Select(column => column.Name));

    public string OfUser => string.Join(", ", columns.Select(column => column.OfUser));

    public string NamesOfSuccessor => string.Join(", ", columns.Select(column => column.Name).Concat(ofSuccessors.Select(column => column.Name)));

    public string OfPredecessor => string.Join(", ", columns.Select(column => column.OfPredecessor).Concat(ofSuccessors.Select(column => column.Value)));

    /// <summary>Holds for tokens whose rights stand in their row; a fine-grained one's stand in tables that change with GitLab's versions.</summary>
    public string IsPlain { get; }

    // The root group, not the group itself, and only of bots that a group owns.
    private const string RootGroup =
        """
        (SELECT root.id FROM user_details d JOIN namespaces n ON n.id = d.bot_namespace_id AND n.type = 'Group'
         JOIN namespaces root ON root.id = n.traversal_ids[1] AND root.type = 'Group' WHERE d.user_id = u.id)
        """;

    public static void AddTo(NpgsqlParameterCollection parameters, long idOfUserOrPredecessor, string digest, DateOnly? expiresOn, DateTimeOffset now)
    {
        parameters.Add(new() { Value = idOfUserOrPredecessor, NpgsqlDbType = NpgsqlDbType.Bigint });
        parameters.Add(new() { Value = digest, NpgsqlDbType = NpgsqlDbType.Text });
        parameters.Add(new() { Value = (object?)expiresOn?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        parameters.Add(Instant(now));
    }

    /// <summary>An instant as GitLab's columns without a time zone hold it: UTC, to the microsecond.</summary>
    public static NpgsqlParameter Instant(DateTimeOffset now) => new() { Value = DateTime.SpecifyKind(now.UtcDateTime, DateTimeKind.Unspecified), NpgsqlDbType = NpgsqlDbType.Timestamp };
}

using Patrol.Cli.Sinks.Sql;

namespace Patrol.Cli.Renewal.Exastro;

/// <summary>An organization's row, as far as its token is concerned.</summary>
internal sealed record OrganizationRow(string PrimaryKey, string OrganizationId, string? GitLabUser, string? Disused)
{
    public bool IsActive => Disused == "0";

    /// <summary>The row as a holder: found by its primary key, and still the same organization's, user's, and active.</summary>
    public PlannedHolder Holder(string database) => new("sql", new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["database"] = database,
        ["table"] = OrganizationTable.Name,
        ["column"] = OrganizationTable.Token,
        [$"key.{OrganizationTable.Key}"] = PrimaryKey,
        [$"match.{OrganizationTable.Organization}"] = OrganizationId,
        [$"match.{OrganizationTable.User}"] = GitLabUser!,
        [$"match.{OrganizationTable.Disused}"] = "0",
    });
}

/// <summary>ITA's table of organizations, and which of its rows may be renewed.</summary>
internal sealed class OrganizationTable(SqlDatabase database)
{
    public const string Name = "T_COMN_ORGANIZATION_DB_INFO";
    public const string Key = "PRIMARY_KEY", Organization = "ORGANIZATION_ID", User = "GITLAB_USER", Token = "GITLAB_TOKEN", Disused = "DISUSE_FLAG";

    /// <summary>All rows, locking none.</summary>
    public async Task<List<OrganizationRow>> Rows(CancellationToken cancellation)
    {
        var table = await database.Table(Name, cancellation);
        string Column(string name) => table.Column(name);
        return await database.Guard(async open =>
        {
            var rows = await database.Rows(open, null, table, "1 = 1", [], cancellation);
            return rows.ConvertAll(row => new OrganizationRow(row[Column(Key)]!, row[Column(Organization)] ?? "", row[Column(User)], row[Column(Disused)]));
        }, cancellation);
    }

    /// <summary>The rows that are meant, and why others may not be touched.</summary>
    /// <param name="rows">All rows.</param>
    /// <param name="wanted">The organizations; null for all.</param>
    public static IEnumerable<(string Id, OrganizationRow? Row, string? Why)> Choose(List<OrganizationRow> rows, IReadOnlyList<string>? wanted)
    {
        var ids = wanted ?? [.. rows.Where(row => row.IsActive).Select(row => row.OrganizationId)];
        foreach (var id in ids.Distinct(StringComparer.Ordinal))
        {
            // In C#, to the letter: the database takes 'x' and 'x ' for the same.
            var active = rows.FindAll(row => row.IsActive && row.OrganizationId == id);
            yield return active switch
            {
                [{ GitLabUser: null or "" }] => (id, null,
                    $"its row {active[0].PrimaryKey} has no GITLAB_USER: it was made while GitLab was off. Do not delete this organization in ITA before that is put right: without a user name ITA would ask GitLab for everybody's projects."),
                [{ GitLabUser: var user }] when user.Trim() != user => (id, null, $"its row {active[0].PrimaryKey} has a GITLAB_USER with blanks around it."),
                [var row] => (id, row, null),
                [] when rows.Find(row => row.OrganizationId == id && row.Disused != "1") is { } odd => (id, null,
                    $"its row {odd.PrimaryKey} has DISUSE_FLAG {(odd.Disused is { } flag ? $"'{flag}'" : "NULL")}, neither '0' (active) nor '1' (deleted); such a row is not touched."),
                [] when rows.Exists(row => row.OrganizationId == id) => (id, null, "it is deleted (DISUSE_FLAG='1'); deleted organizations are not touched."),
                [] => (id, null, $"there is no row of that organization. There are: {string.Join(", ", rows.Where(row => row.IsActive).Select(row => row.OrganizationId).Order(StringComparer.Ordinal))}."),
                _ => (id, null, $"it has {active.Count} active rows ({string.Join(", ", active.Select(row => row.PrimaryKey))}); which one ITA reads cannot be told. Leave one."),
            };
        }
    }
}

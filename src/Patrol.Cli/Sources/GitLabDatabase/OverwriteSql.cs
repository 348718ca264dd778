using Npgsql;
using NpgsqlTypes;

namespace Patrol.Cli.Sources.GitLabDatabase;

/// <summary>
/// The statements that overwrite a batch of tokens and put it back. Both name the ids and compare every overwritten column with
/// what it must hold, so that a row that somebody else changed in between is left alone; a mere use of a token
/// (<c>last_used_at</c>) is in nobody's way.
/// </summary>
internal sealed class OverwriteSql(Overwriting overwriting)
{
    private const string EndingMemberships = "unnest($1::bigint[], $2::text[]) v (id, day)";

    private readonly IReadOnlyList<(Column Column, string? New)> columns = overwriting.Columns;

    /// <summary>The columns of <c>pat</c>.</summary>
    public string Names => string.Join(", ", columns.Select(column => $"pat.{column.Column.Name}"));

    /// <summary>The columns of <c>pat</c> as text, in the order of <see cref="Alike.Was"/>.</summary>
    public string Texts => string.Join(", ", columns.Select(column => $"pat.{column.Column.Name}::text"));

    /// <summary>Overwrites the batch's tokens that still are as they were read and that the filter still picks.</summary>
    public NpgsqlBatchCommand Overwrite(OverwrittenBatch batch, FilterSql filter)
    {
        var command = new NpgsqlBatchCommand();
        filter.AddTo(command.Parameters);
        var at = filter.Next;
        var join = Add(command, batch, ref at);
        var news = AddNews(command, ref at);
        command.CommandText =
            $"""
            UPDATE {Schema.Tokens} pat SET {Joined(", ", i => $"{Name(i)} = {news[i]}")}
            FROM {join}{(filter.NeedsOwners ? ", users u" : "")}
            WHERE pat.id = v.id AND pat.id BETWEEN {batch.FirstId} AND {batch.LastId} AND {Joined(" AND ", i => $"pat.{Name(i)} IS NOT DISTINCT FROM v.c{i}")}
            {(filter.NeedsOwners ? "AND u.id = pat.user_id" : "")} AND {filter.Where}
            """;
        return command;
    }

    /// <summary>Counts what of a batch is as the change left it, what is as it was before, and the rest, of which it gives some ids.</summary>
    public NpgsqlBatchCommand Compare(OverwrittenBatch batch, int mostIds)
    {
        var command = new NpgsqlBatchCommand();
        var at = 1;
        var join = Add(command, batch, ref at);
        var news = AddNews(command, ref at);
        command.CommandText =
            $"""
            SELECT count(*) FILTER (WHERE s.left_so), count(*) FILTER (WHERE s.before AND NOT s.left_so), count(*) FILTER (WHERE NOT s.left_so AND NOT s.before),
                (array_agg(s.id ORDER BY s.id) FILTER (WHERE NOT s.left_so AND NOT s.before))[1:{mostIds}]
            FROM (SELECT v.id, pat.id IS NOT NULL AND {Joined(" AND ", i => $"pat.{Name(i)} IS NOT DISTINCT FROM {news[i]}")} AS left_so,
                    pat.id IS NOT NULL AND {Joined(" AND ", i => $"pat.{Name(i)} IS NOT DISTINCT FROM v.c{i}")} AS before
                  FROM {join} LEFT JOIN {Schema.Tokens} pat ON pat.id = v.id AND pat.id BETWEEN {batch.FirstId} AND {batch.LastId}) s
            """;
        return command;
    }

    /// <summary>Puts back what of a batch is as the change left it.</summary>
    public NpgsqlBatchCommand PutBack(OverwrittenBatch batch)
    {
        var command = new NpgsqlBatchCommand();
        var at = 1;
        var join = Add(command, batch, ref at);
        var news = AddNews(command, ref at);
        command.CommandText =
            $"""
            UPDATE {Schema.Tokens} pat SET {Joined(", ", i => $"{Name(i)} = v.c{i}")} FROM {join}
            WHERE pat.id = v.id AND pat.id BETWEEN {batch.FirstId} AND {batch.LastId} AND {Joined(" AND ", i => $"pat.{Name(i)} IS NOT DISTINCT FROM {news[i]}")}
            """;
        return command;
    }

    /// <summary>Makes memberships endless that still end when they did; or, to undo it, ends those again that still are endless.</summary>
    public static NpgsqlBatchCommand Memberships(IReadOnlyList<EndingMembership> memberships, bool undo)
    {
        var (to, from) = undo ? ("v.day::date", "NULL") : ("NULL", "v.day::date");
        return OfMemberships(memberships, $"UPDATE members m SET expires_at = {to} FROM {EndingMemberships} WHERE m.id = v.id AND m.expires_at IS NOT DISTINCT FROM {from}");
    }

    /// <summary>Counts which memberships still are endless, and which are neither that nor as they were.</summary>
    public static NpgsqlBatchCommand CompareMemberships(IReadOnlyList<EndingMembership> memberships) => OfMemberships(
        memberships,
        $"""
        SELECT count(*) FILTER (WHERE m.id IS NOT NULL AND m.expires_at IS NULL), count(*) FILTER (WHERE m.id IS NULL OR m.expires_at <> v.day::date)
        FROM {EndingMemberships} LEFT JOIN members m ON m.id = v.id
        """);

    /// <summary>Counts which tokens that a change made work, and which are revoked.</summary>
    public static NpgsqlBatchCommand CompareMade(long[] made) =>
        OfMade(made, $"SELECT count(*) FILTER (WHERE revoked IS NOT TRUE), count(*) FILTER (WHERE revoked) FROM {Schema.Tokens} WHERE id = ANY($1)");

    /// <summary>Revokes those that work, as GitLab's own does.</summary>
    public static NpgsqlBatchCommand RevokeMade(long[] made, DateTimeOffset now)
    {
        var command = OfMade(made, $"UPDATE {Schema.Tokens} SET revoked = TRUE, updated_at = $2 WHERE id = ANY($1) AND revoked IS NOT TRUE");
        command.Parameters.Add(InsertedToken.Instant(now));
        return command;
    }

    /// <summary>Touches nothing, and fails as the change would where this user may not make it.</summary>
    public NpgsqlBatchCommand Rehearsal() => new($"UPDATE {Schema.Tokens} SET {Joined(", ", i => $"{Name(i)} = {Name(i)}")} WHERE FALSE");

    // A relation v of ids with the values that they had: ids and the number of their group, and the groups. OFFSET 0 lets each
    // group's texts be read once, not once a token.
    private string Add(NpgsqlBatchCommand command, OverwrittenBatch batch, ref int at)
    {
        var parameters = command.Parameters;
        parameters.Add(new() { Value = batch.Tokens.SelectMany(alike => alike.Ids).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        parameters.Add(new() { Value = batch.Tokens.SelectMany((alike, group) => Enumerable.Repeat(group + 1, alike.Ids.Length)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer });
        var first = at + 2;
        for (var i = 0; i < columns.Count; i++)
        {
            var column = i;
            parameters.Add(new() { Value = batch.Tokens.Select(alike => alike.Was[column]).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        }
        var join =
            $"""
            (SELECT i.id, g.* FROM unnest(${at}::bigint[], ${at + 1}::int[]) i (id, nr)
             JOIN (SELECT nr AS g, {Joined(", ", i => $"c{i}::{Type(i)} AS c{i}")}
                   FROM unnest({Joined(", ", i => $"${first + i}::text[]")}) WITH ORDINALITY o ({Joined(", ", i => $"c{i}")}, nr) OFFSET 0) g ON g.g = i.nr) v
            """;
        at = first + columns.Count;
        return join;
    }

    private static NpgsqlBatchCommand OfMade(long[] made, string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.Add(new() { Value = made, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        return command;
    }

    private static NpgsqlBatchCommand OfMemberships(IReadOnlyList<EndingMembership> memberships, string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.Add(new() { Value = memberships.Select(membership => membership.Id).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        command.Parameters.Add(new() { Value = memberships.Select(membership => membership.ExpiresAt).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        return command;
    }

    private string[] AddNews(NpgsqlBatchCommand command, ref int at)
    {
        var news = new string[columns.Count];
        for (var i = 0; i < columns.Count; i++, at++)
        {
            command.Parameters.Add(new() { Value = (object?)columns[i].New ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
            news[i] = $"${at}::{Type(i)}";
        }
        return news;
    }

    private string Joined(string separator, Func<int, string> piece) => string.Join(separator, Enumerable.Range(0, columns.Count).Select(piece));

    private string Name(int i) => columns[i].Column.Name;

    private string Type(int i) => columns[i].Column.Type;
}

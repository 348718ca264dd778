using System.Data;
using System.Data.Common;
using Patrol.Cli.Failures;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sinks.Sql;

/// <summary>Which row, and which of its columns holds the token.</summary>
/// <param name="Table">The table's name, in whatever capitals.</param>
/// <param name="Column">The column.</param>
/// <param name="Key">The primary key's values.</param>
/// <param name="Match">What other columns must hold, or the row is not the one that was meant.</param>
internal sealed record SqlRow(string Table, string Column, IReadOnlyDictionary<string, string> Key, IReadOnlyDictionary<string, string> Match);

/// <summary>
/// A token in a row, found by its primary key, so that no other row is locked, and by what else must be true of it. One column
/// changes, proven by comparing the row before and after in the same transaction.
/// </summary>
internal sealed class SqlRowSink(SqlDatabase database, SqlRow row) : ISink
{
    private const string Expected = "@expected", Next = "@next";

    public string Name => $"{row.Column} of {row.Table} where {string.Join(" and ", row.Key.Select(pair => $"{pair.Key}={pair.Value}"))} in {database.Address}";

    public async Task<Secret?> Check(CancellationToken cancellation)
    {
        var table = await Table(cancellation);
        return await database.Guard(async open =>
        {
            await using var transaction = await open.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
            var before = await TheRow(open, transaction, table, cancellation);
            // Tries what will be done, with the value that is there, and takes it back.
            var held = before[table.Column(row.Column)];
            await Update(open, transaction, table, held, held, cancellation);
            await transaction.RollbackAsync(cancellation);
            return TokenText.WhyNot(held ?? "") is { } why ? throw Refuse(why) : Held(held);
        }, cancellation);
    }

    public async Task<Secret?> Read(CancellationToken cancellation)
    {
        var table = await Table(cancellation);
        return await database.Guard(async open => Held((await TheRow(open, null, table, cancellation))[table.Column(row.Column)]), cancellation);
    }

    public async Task Store(Secret? expected, Secret next, CancellationToken cancellation)
    {
        var table = await Table(cancellation);
        var column = table.Column(row.Column);
        var token = TokenText.Same(next, TokenText.Null) ? null : TokenText.RevealPlain(next);
        if (table.Columns[column] is { } longest && token?.Length > longest)
            throw new CliFailure(ExitCode.SomeRefused, $"{Name}: the new token has {token.Length} characters, the column takes {longest}. Widen the column, or have shorter tokens made.");
        await database.Guard(async open =>
        {
            await using var transaction = await open.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
            var before = await TheRow(open, transaction, table, cancellation);
            if (before[column] == token)
                return true;
            if (!TokenText.Same(Held(before[column]), expected))
                throw Refuse("was changed meanwhile by somebody else");
            if (await Update(open, transaction, table, before[column], token, cancellation) != 1)
                throw Refuse("did not match any more when it was to be written");
            var after = await TheRow(open, transaction, table, cancellation);
            if (after[column] != token)
                throw Refuse("would not hold the token as it was written");
            if (before.Keys.FirstOrDefault(name => name != column && before[name] != after[name]) is { } other)
                throw Refuse($"would change in another column, too ({other}): a trigger or a rule of the table does that");
            await transaction.CommitAsync(cancellation);
            return true;
        }, cancellation);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>How many other rows with the same properties hold this token, too.</summary>
    public async Task<int> Others(Secret token, CancellationToken cancellation)
    {
        var table = await Table(cancellation);
        return await database.Guard(async open =>
        {
            var rows = await database.Rows(open, null, table, database.Holds(table.Column(row.Column), Expected), [(Expected, token.Reveal())], cancellation);
            return rows.Count(other => !row.Key.All(pair => other[table.Column(pair.Key)] == pair.Value));
        }, cancellation);
    }

    private static Secret Held(string? value) => value is null ? TokenText.Null : new Secret(value);

    private async Task<SqlTable> Table(CancellationToken cancellation)
    {
        var table = await database.Table(row.Table, cancellation);
        if (table.WhyNot is { } why)
            throw Refuse($"cannot be renewed safely: {why}");
        if (table.Column(row.Column) is var column && !table.IsText(column))
            throw CliFailure.Usage($"{Name}: the column is of the type {table.Types[column]}, which holds no text. A token needs a varchar or text.");
        if (!table.Key.ToHashSet(StringComparer.Ordinal).SetEquals(row.Key.Keys.Select(table.Column)))
            throw CliFailure.Usage($"The primary key of {table.Name} is {(table.Key.Count > 0 ? string.Join(", ", table.Key) : "missing")}; 'key' must name it, so that no other row is touched or locked.");
        return table;
    }

    private async Task<Dictionary<string, string?>> TheRow(DbConnection open, DbTransaction? transaction, SqlTable table, CancellationToken cancellation)
    {
        var (condition, parameters) = Condition(table);
        var rows = await database.Rows(open, transaction, table, condition, parameters, cancellation);
        return rows.Count == 1 ? rows[0]
            : throw Refuse(row.Match.Count == 0 ? "is not there" : $"is not there with {string.Join(" and ", row.Match.Select(pair => $"{pair.Key}={pair.Value}"))}");
    }

    private async Task<int> Update(DbConnection open, DbTransaction transaction, SqlTable table, string? expected, string? next, CancellationToken cancellation)
    {
        var (condition, parameters) = Condition(table);
        var column = table.Column(row.Column);
        await using var command = SqlDatabase.Command(
            open, transaction, $"UPDATE {table.Name} SET {database.Quote(column)} = {Next} WHERE {condition} AND {database.Holds(column, Expected)}", [.. parameters, (Expected, expected), (Next, next)]);
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    private (string Condition, List<(string Name, object? Value)> Parameters) Condition(SqlTable table)
    {
        var parts = new List<string>();
        var parameters = new List<(string Name, object? Value)>();
        foreach (var (isKey, pair) in row.Key.Select(pair => (true, pair)).Concat(row.Match.Select(pair => (false, pair))))
        {
            var parameter = $"@p{parameters.Count}";
            parts.Add(isKey ? database.Indexed(table.Column(pair.Key), parameter) : database.Holds(table.Column(pair.Key), parameter));
            parameters.Add((parameter, pair.Value));
        }
        return (string.Join(" AND ", parts), parameters);
    }

    private CliFailure Refuse(string why) => new(ExitCode.SomeRefused, $"{Name}: the row {why}. Nothing was changed in it.");
}

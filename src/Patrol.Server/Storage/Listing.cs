using System.Data.Common;
using Dapper;

namespace Patrol.Server.Storage;

/// <summary>A part of a list, and how long the list is.</summary>
public sealed record Listing<T>(List<T> Rows, long Total);

/// <summary>Which part of a list is asked for.</summary>
/// <param name="Order">The column to order by, as SQL; never from outside.</param>
/// <param name="Descending">The other way round.</param>
/// <param name="Offset">How many rows to leave out at the beginning.</param>
/// <param name="Take">How many rows at most.</param>
internal sealed record ListingPart(string Order, bool Descending, long Offset, int Take);

/// <summary>Gathers the conditions of a list and reads a part of it. Only what is asked for becomes part of the query.</summary>
internal sealed class ListingQuery
{
    private readonly List<string> conditions = [];

    /// <summary>The values that the conditions name.</summary>
    public DynamicParameters Values { get; } = new();

    /// <summary>What stands before SELECT.</summary>
    public string With { get; set; } = "";

    public ListingQuery Where(string condition)
    {
        conditions.Add($"({condition})");
        return this;
    }

    public ListingQuery Where(string condition, string name, object value)
    {
        Values.Add(name, value);
        return Where(condition);
    }

    /// <summary>A part of any of these columns, whatever its case.</summary>
    public ListingQuery WhereContains(string? text, params ReadOnlySpan<string> columns)
    {
        if (string.IsNullOrEmpty(text))
            return this;
        var escaped = text.Replace("!", "!!", StringComparison.Ordinal).Replace("%", "!%", StringComparison.Ordinal).Replace("_", "!_", StringComparison.Ordinal);
        Values.Add("searched", $"%{escaped}%");
        Values.Add("searchedFolded", $"%{escaped.ToLowerInvariant()}%");
        var either = new List<string>();
        foreach (var column in columns)
        {
            // SQLite folds only ASCII letters, so that other texts are also looked for as they are.
            either.Add($"lower({column}) LIKE @searchedFolded ESCAPE '!' OR {column} LIKE @searched ESCAPE '!'");
        }
        return Where(string.Join(" OR ", either));
    }

    /// <summary>Reads one part.</summary>
    /// <param name="connection">Where.</param>
    /// <param name="columns">What follows SELECT.</param>
    /// <param name="from">The tables; what is listed has its id in the first one named.</param>
    /// <param name="id">The id's column, which decides between equal rows.</param>
    /// <param name="part">Which part.</param>
    public async Task<Listing<T>> Read<T>(DbConnection connection, string columns, string from, string id, ListingPart part)
    {
        var where = conditions.Count == 0 ? "" : $"WHERE {string.Join(" AND ", conditions)}";
        var total = await connection.ExecuteScalarAsync<long>($"{With} SELECT count(*) FROM {from} {where}", Values);
        if (part.Offset >= total)
            return new Listing<T>([], total);
        Values.Add("offset", part.Offset);
        Values.Add("take", (long)part.Take);
        var direction = part.Descending ? "DESC" : "ASC";
        var rows = await connection.QueryAsync<T>(
            $"{With} SELECT {columns} FROM {from} {where} ORDER BY {part.Order} {direction}, {id} {direction} LIMIT @take OFFSET @offset", Values);
        return new Listing<T>(rows.AsList(), total);
    }
}

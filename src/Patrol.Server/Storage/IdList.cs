using Dapper;

namespace Patrol.Server.Storage;

/// <summary>
/// Ids for an <c>IN</c>, as parameters in one of a few lengths, the last id filling up the rest: so that few different statements
/// come of it, which the database can prepare once and the mapper remember.
/// </summary>
internal static class IdList
{
    private static readonly int[] Lengths = [1, 5, 20, 100, 1_000];

    /// <summary>The longest list that one statement takes.</summary>
    public const int Longest = 1_000;

    /// <summary>The text in parentheses, and its parameters.</summary>
    /// <param name="ids">At least one, at most <see cref="Longest"/>.</param>
    public static (string Sql, DynamicParameters Parameters) Of(IReadOnlyList<long> ids)
    {
        var length = Lengths.First(length => length >= ids.Count);
        var parameters = new DynamicParameters();
        for (var i = 0; i < length; i++)
            parameters.Add($"id{i}", ids[Math.Min(i, ids.Count - 1)]);
        return ($"({string.Join(',', Enumerable.Range(0, length).Select(i => $"@id{i}"))})", parameters);
    }
}

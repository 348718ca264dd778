using Patrol.Server.Tokens;

namespace Patrol.Server.Wire.GitLab;

/// <summary>The filters, order and page that GitLab's token lists take.</summary>
/// <param name="Filter">The filters, without whose tokens are meant.</param>
/// <param name="Order">The order; ids ascending if none, or an unknown one, is asked for.</param>
/// <param name="Descending">The other way round.</param>
/// <param name="Page">The page.</param>
internal sealed record TokenListQuery(TokenFilter Filter, TokenOrder Order, bool Descending, PageRequest Page)
{
    public static TokenListQuery Read(Parameters parameters)
    {
        var filter = new TokenFilter
        {
            Revoked = parameters.Boolean("revoked"),
            State = ReadState(parameters, "active", "inactive"),
            CreatedBefore = parameters.Instant("created_before"),
            CreatedAfter = parameters.Instant("created_after"),
            LastUsedBefore = parameters.Instant("last_used_before"),
            LastUsedAfter = parameters.Instant("last_used_after"),
            ExpiresBefore = parameters.Date("expires_before"),
            ExpiresAfter = parameters.Date("expires_after"),
            Search = parameters.Text("search")?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) ?? [],
        };
        var (order, descending) = ReadSort(parameters.Text("sort"));
        return new TokenListQuery(filter, order, descending, PageRequest.Read(parameters));
    }

    /// <summary>The <c>state</c> parameter.</summary>
    public static TokenState? ReadState(Parameters parameters, params ReadOnlySpan<string> allowed) => parameters.OneOf("state", allowed) switch
    {
        "active" => TokenState.Active,
        "inactive" => TokenState.Inactive,
        _ => null,
    };

    private static (TokenOrder Order, bool Descending) ReadSort(string? sort)
    {
        if (sort == "created_date")
            return (TokenOrder.Created, true);
        var underscore = sort?.LastIndexOf('_') ?? -1;
        if (underscore < 0 || sort![(underscore + 1)..] is not ("asc" or "desc"))
            return (TokenOrder.Id, false);
        TokenOrder? order = sort[..underscore] switch
        {
            "id" => TokenOrder.Id,
            "created" or "created_at" => TokenOrder.Created,
            "updated" or "updated_at" => TokenOrder.Updated,
            "expires" => TokenOrder.Expires,
            "last_used" => TokenOrder.LastUsed,
            "name" => TokenOrder.Name,
            _ => null,
        };
        return order is { } known ? (known, sort.EndsWith("desc", StringComparison.Ordinal)) : (TokenOrder.Id, false);
    }
}

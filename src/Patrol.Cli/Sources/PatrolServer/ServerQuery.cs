using Patrol.Core.Scopes;

namespace Patrol.Cli.Sources.PatrolServer;

/// <summary>A filter as far as the server's list takes it; what it sends is never less than what is meant.</summary>
internal static class ServerQuery
{
    /// <summary>As many as fit into an address.</summary>
    public const int MostIds = 300;

    public static List<string> Of(TokenFilter filter, IReadOnlyList<long> ids)
    {
        var query = ids.Select(id => $"id={id}").ToList();
        if (filter.ExpiresOn is { } day)
            query.Add($"expires_on={day:yyyy-MM-dd}");
        if (filter.NoExpiry)
            query.Add("no_expiry=true");
        if (filter.State == StateFilter.Revoked)
            query.Add("state=revoked");
        if (filter.Owner is { } owner)
            query.Add($"owner={Uri.EscapeDataString(owner)}");
        // A scope that there is not is an error to the server, and no token's here.
        if (filter.Scopes.FirstOrDefault(name => ScopeCatalog.Find(name) is not null) is { } scope)
            query.Add($"scope={Uri.EscapeDataString(scope)}");
        query.AddRange(filter.Sorts.Select(sort => $"kind={TokenWords.Of(sort)}"));
        // Without it the server leaves out blocked bots' tokens, too.
        query.Add("include_blocked=true");
        return query;
    }
}

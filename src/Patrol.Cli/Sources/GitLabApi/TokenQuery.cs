using System.Globalization;

namespace Patrol.Cli.Sources.GitLabApi;

/// <summary>
/// A filter as far as GitLab's list takes it: what it sends is never less than what is meant. Older generations ignore filters that
/// they do not know, and 17 and 18 list a token that expires today neither as active nor as inactive; so every token is looked at
/// again when it comes.
/// </summary>
internal static class TokenQuery
{
    public static List<string> Of(TokenFilter filter)
    {
        var query = new List<string>();
        var from = Later(filter.ExpiresOn, filter.ExpiresFrom);
        var to = Earlier(Earlier(filter.ExpiresOn, filter.ExpiresTo), filter.State == StateFilter.Expired ? filter.Today : null);
        if (from is { } first)
            query.Add($"expires_after={first:yyyy-MM-dd}");
        if (to is { } last && last < DateOnly.MaxValue)
            query.Add($"expires_before={last.AddDays(1):yyyy-MM-dd}");
        if (filter.UnusedSince is { } since)
            query.Add($"created_before={since.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)}");
        if (filter.State == StateFilter.Revoked)
            query.Add("revoked=true");
        else if (filter.State is StateFilter.Active or StateFilter.Expired || filter.WithoutRevoked)
            query.Add("revoked=false");
        return query;
    }

    private static DateOnly? Later(DateOnly? one, DateOnly? other) => one is null || other > one ? other ?? one : one;

    private static DateOnly? Earlier(DateOnly? one, DateOnly? other) => one is null || other < one ? other ?? one : one;
}

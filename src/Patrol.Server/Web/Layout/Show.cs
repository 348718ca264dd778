using System.Globalization;
using Microsoft.AspNetCore.Http.Extensions;
using Patrol.Core.Lifetimes;
using Patrol.Core.Tokens;
using Patrol.Server.Settings;
using Patrol.Server.Tokens;

namespace Patrol.Server.Web.Layout;

/// <summary>How values are written on pages.</summary>
public static class Show
{
    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    public static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>To the minute.</summary>
    public static string Instant(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary>The beginning of a text of which a list shows no more; the token's own page shows all of it.</summary>
    public static string Short(string text, int most = 80) =>
        text.Length <= most ? text : $"{text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)]}…";

    /// <summary>How far away a day is, in words.</summary>
    public static string Distance(Language words, DateOnly day, DateTimeOffset now) => (day.DayNumber - UtcDay.Of(now).DayNumber) switch
    {
        0 => words["today"],
        1 => words["tomorrow"],
        -1 => words["yesterday"],
        > 0 and var days => words["in {0} days", Number(days)],
        var days => words["{0} days ago", Number(-days)],
    };

    /// <summary>How near a token that is not revoked is to its end: it expires soon when the last warning of it is due.</summary>
    public static ExpiryStage Stage(Token token, InstanceSettings settings, DateTimeOffset now) =>
        ExpiryStages.Of(token.ExpiresAt, now, token.Dialect == TokenDialect.Atlassian ? settings.Atlassian.ExpiryWarningDays : settings.WarningDays.Days.Min());

    /// <summary>The English name of a kind of token.</summary>
    public static string Kind(TokenKind kind) => kind switch
    {
        TokenKind.Impersonation => "Impersonation",
        TokenKind.Project => "Project",
        TokenKind.Group => "Group",
        _ => "Personal",
    };

    /// <summary>This page's address with one parameter of its query changed, or left out.</summary>
    public static string Query(PageRequest page, string name, string? value)
    {
        var query = new QueryBuilder();
        foreach (var (key, values) in page.Http.Request.Query)
        {
            if (key != name)
                query.Add(key, values.OfType<string>());
        }
        if (value is not null)
            query.Add(name, value);
        return page.Path + query.ToQueryString();
    }
}

using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Mvc;
using Patrol.Server.Tokens;

namespace Patrol.Server.Wire.Native;

/// <summary>The filters of token lists, as query parameters; see <see cref="TokenSelection"/>.</summary>
internal sealed record TokenQuery
{
    [FromQuery(Name = "id")]
    public long[]? Id { get; init; }

    [FromQuery(Name = "expires_on")]
    public DateOnly? ExpiresOn { get; init; }

    [FromQuery(Name = "expires_within")]
    public string? ExpiresWithin { get; init; }

    [FromQuery(Name = "expired")]
    public bool? Expired { get; init; }

    [FromQuery(Name = "no_expiry")]
    public bool? NoExpiry { get; init; }

    [FromQuery(Name = "unused_for")]
    public string? UnusedFor { get; init; }

    [FromQuery(Name = "kind")]
    public string[]? Kind { get; init; }

    [FromQuery(Name = "state")]
    public string? State { get; init; }

    [FromQuery(Name = "owner")]
    public string? Owner { get; init; }

    [FromQuery(Name = "scope")]
    public string? Scope { get; init; }

    [FromQuery(Name = "search")]
    public string? Search { get; init; }

    [FromQuery(Name = "include_blocked")]
    public bool? IncludeBlocked { get; init; }

    [FromQuery(Name = "page")]
    public int? Page { get; init; }

    [FromQuery(Name = "per_page")]
    public int? PerPage { get; init; }

    public TokenSelection ToSelection() => new()
    {
        Ids = Id is { Length: > 0 } ? Id : null,
        ExpiresOn = ExpiresOn,
        ExpiresWithin = ExpiresWithin,
        Expired = Expired,
        NoExpiry = NoExpiry,
        UnusedFor = UnusedFor,
        Kind = Kind,
        State = State,
        Owner = Owner,
        Scope = Scope,
        Search = Search,
        IncludeBlocked = IncludeBlocked,
    };
}

/// <summary>The filters of the audit trail, as query parameters.</summary>
internal sealed record AuditQuery
{
    [FromQuery(Name = "actor")]
    public string? Actor { get; init; }

    [FromQuery(Name = "action")]
    public string? Action { get; init; }

    [FromQuery(Name = "target_kind")]
    public string? TargetKind { get; init; }

    [FromQuery(Name = "target_id")]
    public long? TargetId { get; init; }

    [FromQuery(Name = "since")]
    public DateTimeOffset? Since { get; init; }

    [FromQuery(Name = "until")]
    public DateTimeOffset? Until { get; init; }

    /// <summary>The <c>next</c> of the page before.</summary>
    [FromQuery(Name = "before")]
    public long? Before { get; init; }

    [FromQuery(Name = "per_page")]
    public int? PerPage { get; init; }
}

/// <summary>Refuses query parameters that the endpoint does not know: a misspelt filter must not select everything.</summary>
internal static partial class KnownQueryOnly
{
    private static readonly Type[] Queries = [typeof(TokenQuery), typeof(AuditQuery), typeof(PageQuery)];
    private static readonly HashSet<string> Known = [.. Queries.SelectMany(Names)];

    public static async ValueTask<object?> Check(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var takes = Queries.Where(query => context.Arguments.Any(query.IsInstanceOfType)).SelectMany(Names);
        if (context.HttpContext.Request.Query.Any(pair => pair.Value.Any(value => value?.Contains('\0') == true)))
            return TypedResults.Problem("A parameter contains a null byte.", statusCode: StatusCodes.Status400BadRequest);
        var unknown = context.HttpContext.Request.Query.Keys.Except(takes).FirstOrDefault();
        if (unknown is null)
            return Unreadable(context.HttpContext.Request.Query) is { } why ? TypedResults.Problem(why, statusCode: StatusCodes.Status400BadRequest) : await next(context);
        return TypedResults.Problem(
            Known.Contains(unknown) ? $"{unknown} does not belong to this address." : "There is a query parameter that this address does not know.",
            statusCode: StatusCodes.Status400BadRequest);
    }

    // The framework takes 01/02/2027 for the second of January, and a time alone for one of today: neither is what a filter may guess.
    private static string? Unreadable(IQueryCollection query)
    {
        foreach (var (name, values) in query)
        {
            if (name == "expires_on" && !values.All(text => Iso().Match(text ?? "") is { Success: true } match && !match.Groups["time"].Success))
                return "expires_on must be a day such as 2026-11-30.";
            if (name is "since" or "until" && !values.All(text => Iso().IsMatch(text ?? "")))
                return $"{name} must be an instant such as 2026-11-30T12:00:00Z, or a day.";
        }
        return null;
    }

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}(?<time>[T ].*)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Iso();

    private static IEnumerable<string> Names(Type query) =>
        query.GetProperties().SelectMany(property => property.GetCustomAttributes(typeof(FromQueryAttribute), inherit: false)).Cast<FromQueryAttribute>()
            .Select(attribute => attribute.Name!);
}

using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Patrol.Core.Lifetimes;
using Patrol.Core.Results;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Tokens;
using Patrol.Server.Users;

namespace Patrol.Server.Web.Administration;

/// <summary>
/// The administrators' list of tokens as its address asks for it: filters, order, page. Texts as they were typed, so that the form
/// shows them again.
/// </summary>
public sealed record TokenQuery
{
    public const int Size = 40;

    private static readonly Dictionary<string, TokenOrder> Orders = new(StringComparer.Ordinal)
    {
        ["created"] = TokenOrder.Created,
        ["expires"] = TokenOrder.Expires,
        ["last_used"] = TokenOrder.LastUsed,
        ["name"] = TokenOrder.Name,
    };

    private static readonly Dictionary<string, TokenState> States = new(StringComparer.Ordinal)
    {
        ["active"] = TokenState.Active,
        ["inactive"] = TokenState.Inactive,
        ["expired"] = TokenState.Expired,
        ["revoked"] = TokenState.Revoked,
    };

    public string Owner { get; init; } = "";
    public string Search { get; init; } = "";
    public string Kind { get; init; } = "";
    public string State { get; init; } = "";
    public string Scope { get; init; } = "";
    public string CreatedFrom { get; init; } = "";
    public string CreatedTo { get; init; } = "";
    public string ExpiresFrom { get; init; } = "";
    public string ExpiresTo { get; init; } = "";
    public string Expiry { get; init; } = "";
    public string UsedFrom { get; init; } = "";
    public string UsedTo { get; init; } = "";
    public string Used { get; init; } = "";
    public string Sort { get; init; } = "created_desc";

    /// <summary>The filters and the order as a query, without the page.</summary>
    public string Text { get; private init; } = "";

    /// <summary>Any filter is set.</summary>
    public bool IsFiltered => this with { Sort = "", Text = "" } != new TokenQuery { Sort = "" };

    /// <summary>Reads a query such as <c>?state=active&amp;on=2027-01-01</c>.</summary>
    public static TokenQuery Read(string query)
    {
        var values = QueryHelpers.ParseQuery(query);
        string Text(string name) => values.TryGetValue(name, out var found) ? found.ToString().Trim() : "";
        // A day of the calendar: its tokens that work.
        var on = Text("on");
        var kept = values.Where(pair => pair.Key != "page" && !StringValues.IsNullOrEmpty(pair.Value))
            .SelectMany(pair => pair.Value, (pair, value) => KeyValuePair.Create(pair.Key, (string?)value));
        return new TokenQuery
        {
            Owner = Text("owner"),
            Search = Text("search"),
            Kind = Text("kind"),
            State = on.Length > 0 ? "active" : Text("state"),
            Scope = Text("scope"),
            CreatedFrom = Text("created_from"),
            CreatedTo = Text("created_to"),
            ExpiresFrom = on.Length > 0 ? on : Text("expires_from"),
            ExpiresTo = on.Length > 0 ? on : Text("expires_to"),
            Expiry = Text("expiry"),
            UsedFrom = Text("used_from"),
            UsedTo = Text("used_to"),
            Used = Text("used"),
            Sort = Text("sort") is { Length: > 0 } sort ? sort : "created_desc",
            Text = QueryHelpers.AddQueryString("", kept),
        };
    }

    public TokenOrder Order => Orders.GetValueOrDefault(Sort.Replace("_asc", "", StringComparison.Ordinal).Replace("_desc", "", StringComparison.Ordinal), TokenOrder.Created);

    public bool Descending => Sort.EndsWith("_desc", StringComparison.Ordinal);

    /// <summary>The filter, or what is wrong with a field.</summary>
    internal async Task<Result<TokenFilter>> ToFilter(ReadUser users)
    {
        var filter = new TokenFilter
        {
            Search = Search.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries),
        };
        // What is not known must not be left out: more tokens would match than were meant.
        if (Expiry is not ("" or "none" or "some"))
            return new Refusal.Invalid("expiry", "does not have a valid value");
        filter = filter with { NoExpiry = Expiry.Length > 0 ? Expiry == "none" : null };
        if (Used is not ("" or "never"))
            return new Refusal.Invalid("used", "does not have a valid value");
        filter = filter with { NeverUsed = Used.Length > 0 };
        if (State.Length > 0)
        {
            if (!States.TryGetValue(State, out var state))
                return new Refusal.Invalid("state", "does not have a valid value");
            filter = filter with { State = state };
        }
        if (Owner.Length > 0)
        {
            if (await users.Handle(Owner.TrimStart('@')) is not { } owner)
                return new Refusal.Invalid("owner", "is not the name or id of a user");
            filter = filter with { Owners = new HashSet<long> { owner.Id } };
        }
        if (Kind.Length > 0)
        {
            if (!Enum.TryParse<TokenKind>(Kind, ignoreCase: true, out var kind) || !Enum.IsDefined(kind))
                return new Refusal.Invalid("kind", "does not have a valid value");
            filter = filter with { Kinds = [kind] };
        }
        if (Scope.Length > 0)
        {
            if (ScopeCatalog.Find(Scope) is not { } scope)
                return new Refusal.Invalid("scope", "is not a known scope");
            filter = filter with { Scope = scope.Bit };
        }
        return WithDays(filter);
    }

    private Result<TokenFilter> WithDays(TokenFilter filter)
    {
        Refusal? wrong = null;
        DateOnly? Day(string field, string text)
        {
            if (text.Length == 0)
                return null;
            if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day < DateOnly.MaxValue)
                return day;
            wrong ??= new Refusal.Invalid(field, "must be a date such as 2027-01-31");
            return null;
        }
        DateTimeOffset? Start(DateOnly? day) => day is { } known ? UtcDay.Start(known) : null;
        // Both days of a span belong to it.
        DateTimeOffset? End(DateOnly? day) => day is { } known ? UtcDay.Start(known.AddDays(1)).AddMilliseconds(-1) : null;
        filter = filter with
        {
            CreatedAfter = Start(Day("created_from", CreatedFrom)),
            CreatedBefore = End(Day("created_to", CreatedTo)),
            ExpiresAfter = Day("expires_from", ExpiresFrom),
            ExpiresBefore = Day("expires_to", ExpiresTo)?.AddDays(1),
            LastUsedAfter = Start(Day("used_from", UsedFrom)),
            LastUsedBefore = End(Day("used_to", UsedTo)),
        };
        return wrong is null ? filter : wrong;
    }
}

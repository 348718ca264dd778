using System.CommandLine;
using System.Globalization;
using Patrol.Cli.Failures;
using Patrol.Cli.Sources;
using Patrol.Core.Lifetimes;
using Patrol.Core.Scopes;

namespace Patrol.Cli.Commands;

/// <summary>The options that pick tokens: by their dates (<see cref="WithDates"/>), and by what they are.</summary>
internal sealed class FilterOptions
{
    private readonly Option<string> expiresOn = Texts.Day("--expires-on", "Tokens that expire on this day");
    private readonly Option<string> expiresWithin = new("--expires-within") { Description = "Tokens that expire between today and SPAN from now: 30d, 6mo, 1y, 1.month", HelpName = "SPAN" };
    private readonly Option<bool> expired = new("--expired") { Description = "Tokens that have expired" };
    private readonly Option<bool> noExpiry = new("--no-expiry") { Description = "Tokens that never expire" };
    private readonly Option<string> unusedFor = new("--unused-for") { Description = "Tokens not used for SPAN; never used ones, if they are that old", HelpName = "SPAN" };

    private readonly Option<string[]> kind = new("--kind")
    {
        Description = "personal, impersonation, project, group or service-account; several: any of them",
        HelpName = "KIND",
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string> state = new("--state") { Description = "active, expired, revoked, inactive (expired or revoked) or any", HelpName = "STATE" };
    private readonly Option<string> owner = new("--owner") { Description = "Tokens of the user with this name", HelpName = "USERNAME" };
    private readonly Option<string[]> scope = new("--scope") { Description = "Tokens that carry this scope; several, or with commas between: all of them", HelpName = "SCOPE" };
    private readonly Option<bool> includeBlocked = new("--include-blocked") { Description = "With --expires-on: tokens of blocked and banned people, too" };

    private FilterOptions(Command command, bool dates, bool dayNeeded)
    {
        kind.AcceptOnlyFromAmong(TokenWords.Sorts);
        state.AcceptOnlyFromAmong("active", "expired", "revoked", "inactive", "any");
        if (dates || dayNeeded)
            command.Options.Add(expiresOn);
        expiresOn.Required = dayNeeded;
        if (dates)
        {
            foreach (var option in (Option[])[expiresWithin, expired, noExpiry, unusedFor, includeBlocked])
                command.Options.Add(option);
        }
        foreach (var option in (Option[])[kind, state, owner, scope])
            command.Options.Add(option);
    }

    /// <summary>Every filter.</summary>
    public static FilterOptions WithDates(Command command) => new(command, dates: true, dayNeeded: false);

    /// <summary>One day, which must be given, and what the tokens are.</summary>
    public static FilterOptions WithDay(Command command) => new(command, dates: false, dayNeeded: true);

    /// <summary>Only what the tokens are.</summary>
    public static FilterOptions WithoutDates(Command command) => new(command, dates: false, dayNeeded: false);

    /// <summary>Whether any of them stands on the command line.</summary>
    public bool AreGiven(Call call) => Array.Exists<Option>(
        [expiresOn, expiresWithin, expired, noExpiry, unusedFor, includeBlocked, kind, state, owner, scope], call.Has);

    /// <summary>Which of the dates the command line asks for, for the words of <c>lines</c>.</summary>
    public DateCriterion Criterion(Call call) =>
        call.Get(noExpiry) ? DateCriterion.NoExpiry
        : call.Has(expiresOn) || call.Has(expiresWithin) || call.Get(expired) ? DateCriterion.Expiry
        : call.Has(unusedFor) ? DateCriterion.Unused
        : DateCriterion.None;

    /// <summary>The day of <c>--expires-on</c>.</summary>
    /// <exception cref="CliFailure">It is no day.</exception>
    public DateOnly Day(Call call) => Texts.ReadDay("--expires-on", call.Get(expiresOn)!);

    /// <summary>What the options say.</summary>
    /// <exception cref="CliFailure">A day or span cannot be read, or two contradict each other.</exception>
    public TokenFilter Read(Call call)
    {
        if ((call.Has(expiresOn) ? 1 : 0) + (call.Has(expiresWithin) ? 1 : 0) + (call.Get(expired) ? 1 : 0) + (call.Get(noExpiry) ? 1 : 0) > 1)
            throw CliFailure.Usage("--expires-on, --expires-within, --expired and --no-expiry exclude each other: give one.");
        var filter = new TokenFilter
        {
            Today = call.Today,
            NoExpiry = call.Get(noExpiry),
            Sorts = [.. (call.Get(kind) ?? []).Select(word => (TokenSort)Array.IndexOf(TokenWords.Sorts, word))],
            State = call.Get(state) is { } word ? Enum.Parse<StateFilter>(word, ignoreCase: true) : StateFilter.Any,
            Owner = call.Get(owner),
            Scopes = Texts.ReadNames(call.Get(scope)),
        };
        // Looked for all the same: GitLab may have got it since.
        foreach (var unknown in filter.Scopes.Where(name => ScopeCatalog.Find(name) is null))
            call.Screen.Say($"--scope: '{unknown}' is no scope that patrol knows; it is looked for all the same.");
        if (call.Has(expiresOn))
            filter = filter with { ExpiresOn = Day(call), WithoutBlocked = !call.Get(includeBlocked) };
        if (call.Get(expiresWithin) is { } within)
            filter = filter with { ExpiresFrom = call.Today, ExpiresTo = Texts.After("--expires-within", within, call.Today) };
        if (call.Get(expired))
            filter = filter with { ExpiresTo = call.Today, HasEnded = true };
        if (call.Get(unusedFor) is { } unused)
            filter = filter with { UnusedSince = Texts.ReadSpan("--unused-for", unused).Before(call.Now) };
        return filter;
    }
}

/// <summary>What was asked of the dates; GitLab's scripts have words of their own for each.</summary>
internal enum DateCriterion
{
    None,
    Expiry,
    NoExpiry,
    Unused,
}

/// <summary>Days and spans as they stand on command lines.</summary>
internal static class Texts
{
    public static Option<string> Day(string name, string description) => new(name) { Description = $"{description} (YYYY-MM-DD, UTC)", HelpName = "DAY" };

    /// <exception cref="CliFailure">It is no day.</exception>
    public static DateOnly ReadDay(string option, string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day
        : throw CliFailure.Usage($"{option}: '{text}' is not a day such as 2026-12-31.");

    // What Ruby's Date.parse reads of what people type; forms that leave open which number is the month are not among them.
    private static readonly string[] Forms =
    [
        "yyyy-M-d", "yyyy/M/d", "yyyy.M.d", "yyyyMMdd", "d MMM yyyy", "d MMMM yyyy", "MMM d yyyy", "MMMM d yyyy", "MMM d, yyyy", "MMMM d, yyyy", "d-MMM-yyyy",
    ];

    /// <summary>A day as people type it: <c>2030-05-01</c>, <c>2030-5-1</c>, <c>1 May 2030</c>; null if it is none.</summary>
    public static DateOnly? ReadTypedDay(string text) =>
        DateOnly.TryParseExact(text.Trim(), Forms, CultureInfo.InvariantCulture, DateTimeStyles.AllowInnerWhite, out var day) ? day : null;

    /// <summary>Names that were given one by one, or with commas between.</summary>
    public static string[] ReadNames(string[]? given) =>
        [.. (given ?? []).SelectMany(words => words.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

    /// <exception cref="CliFailure">It is no span.</exception>
    public static Span ReadSpan(string option, string text) =>
        Span.Parse(text) ?? throw CliFailure.Usage($"{option}: '{text}' is not a span such as 30d, 6mo, 1y or 1.month.");

    /// <summary>The day that lies a span after another.</summary>
    /// <exception cref="CliFailure">It is no span, or leads past the year 9999.</exception>
    public static DateOnly After(string option, string text, DateOnly day)
    {
        try
        {
            return ReadSpan(option, text).After(day);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw CliFailure.Usage($"{option}: {text} after {day:yyyy-MM-dd} lies past the year 9999.");
        }
    }
}

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Patrol.Core.Results;
using Patrol.Server.Notices;
using Patrol.Server.Runs;

namespace Patrol.Server.Wire.Native;

/// <summary>What the server does by itself: its jobs, and who is told what.</summary>
internal static class NoticesApi
{
    private const int MostPerPage = 1_000;

    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/jobs", Jobs).WithSummary("What the server does by itself, when next, and how the latest runs went");
        api.MapGet("/notices/preview", Preview).WithSummary("Who would be told tonight, until the next 02:00 UTC, of which tokens");
    }

    private static async Task<Ok<NativeJob[]>> Jobs(NativeCaller native, ListJobs list) =>
        TypedResults.Ok((await list.Handle(native.Now)).Select(NativeJob.From).ToArray());

    private static async Task<Results<Ok<NoticePage>, ProblemHttpResult>> Preview(NativeCaller native, [AsParameters] PageQuery query, PreviewNotices preview, HttpContext http)
    {
        var (page, perPage) = (query.Page ?? 1, query.PerPage ?? 100);
        if (page < 1 || perPage is < 1 or > MostPerPage)
            return NativeApi.Problem(new Refusal.Invalid("page", $"starts at 1, per_page is 1 to {MostPerPage}"));
        var found = await preview.Handle((page - 1L) * perPage, perPage, native.Now, http.RequestAborted);
        return TypedResults.Ok(new NoticePage(
            found.Until, found.Notices.ConvertAll(notice => NativeNotice.From(notice, native.Now)), page, perPage, found.Total,
            found.Unheard.ConvertAll(token => NativeToken.From(token, native.Now)), found.UnheardTotal));
    }
}

/// <summary>Which page of a list.</summary>
internal sealed record PageQuery
{
    [FromQuery(Name = "page")]
    public int? Page { get; init; }

    [FromQuery(Name = "per_page")]
    public int? PerPage { get; init; }
}

/// <summary>A job of the server.</summary>
/// <param name="Schedule">Quartz's fields: second, minute, hour, day of month, month, day of week.</param>
/// <param name="Zone">Whose clock is meant.</param>
/// <param name="Runs">The latest runs, newest first.</param>
internal sealed record NativeJob(string Name, string Schedule, string Zone, DateTimeOffset? NextDueAt, IReadOnlyList<NativeRun> Runs)
{
    public static NativeJob From(JobStatus status) => new(
        status.Job.Name, status.Job.Schedule().Text, status.Job.Schedule().Zone, status.NextDueAt, [.. status.Runs.Select(NativeRun.From)]);
}

/// <summary>A run of a job.</summary>
/// <param name="Outcome"><c>done</c>, <c>failed</c>, or <c>running</c> while it is being run or waits for another try.</param>
/// <param name="DurationMs">How long the last try took; null while there is no outcome.</param>
internal sealed record NativeRun(
    DateTimeOffset DueAt, DateTimeOffset StartedAt, DateTimeOffset? FinishedAt, long? DurationMs, string Outcome, string? Detail, long Attempts, string Node)
{
    public static NativeRun From(Run run) => new(
        Instant(run.DueAt), Instant(run.StartedAt), run.FinishedAt is { } finished ? Instant(finished) : null, run.FinishedAt - run.StartedAt,
        run.Outcome ?? "running", run.Detail, run.Attempts, run.Node);

    private static DateTimeOffset Instant(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}

/// <summary>What one person or webhook would be told.</summary>
/// <param name="Job">The job that tells them, or <c>outbox</c> for what could not be sent so far.</param>
/// <param name="User">The person's user name; null for a webhook.</param>
/// <param name="Hook">The webhook's address; null for a person.</param>
/// <param name="WithinDays">The window: the tokens end within so many days; 0 if they have ended; null for other news.</param>
/// <param name="Total">How many tokens it is about.</param>
/// <param name="Tokens">The first hundred of them.</param>
internal sealed record NativeNotice(
    string Job, string? User, string? Email, string? Language, string? Hook, int? WithinDays, int Total, IReadOnlyList<NativeToken> Tokens)
{
    public static NativeNotice From(PreviewedNotice notice, DateTimeOffset now) => new(
        notice.Job, notice.Person?.Username, notice.Person?.Email, notice.Person?.PreferredLanguage, notice.HookUrl, notice.WithinDays, notice.Total,
        [.. notice.Tokens.Select(token => NativeToken.From(token, now))]);
}

/// <summary>A page of who would be told.</summary>
/// <param name="Until">The instant up to which "tonight" goes.</param>
/// <param name="Unheard">The first hundred of the tokens whose end nobody is there to be told of.</param>
internal sealed record NoticePage(
    DateTimeOffset Until, IReadOnlyList<NativeNotice> Items, int Page, int PerPage, long Total, IReadOnlyList<NativeToken> Unheard, long UnheardTotal);

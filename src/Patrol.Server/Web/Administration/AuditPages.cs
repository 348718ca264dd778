using System.Globalization;
using Patrol.Core.Lifetimes;
using Patrol.Core.Results;
using Patrol.Server.Audit;
using Patrol.Server.Web.Layout;

namespace Patrol.Server.Web.Administration;

/// <summary>What the audit trail's page shows.</summary>
/// <param name="Before">The last id shown, if there may be more.</param>
/// <param name="Errors">What is wrong with the filters, by field; nothing is shown then.</param>
public sealed record Trail(IReadOnlyList<AuditRow> Rows, long? Before, IReadOnlyDictionary<string, string> Errors);

/// <summary>Who did what, by filters, newest first.</summary>
internal sealed class AuditPages(FindAudit find)
{
    public const string Address = "/admin/audit";
    private const int Size = 50;

    public void Map(PageRoutes routes) => routes.Get(Address, List, PageAccess.Administrators);

    private async Task<IResult> List(PageRequest page)
    {
        var wrong = new Dictionary<string, string>(StringComparer.Ordinal);
        DateOnly? Day(string name)
        {
            if (page.Query(name) is not { } text)
                return null;
            if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day < DateOnly.MaxValue)
                return day;
            wrong[name] = Refusals.Of(new Refusal.Invalid(name, "must be a date such as 2027-01-31"), page.Words).Sentence;
            return null;
        }
        long? Number(string name)
        {
            if (page.Query(name) is not { } text)
                return null;
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return number;
            wrong[name] = page.Words["A whole number is needed."];
            return null;
        }
        var filter = new AuditFilter(
            page.Query("actor")?.TrimStart('@'), page.Query("action"), page.Query("kind"), Number("target"),
            Day("since") is { } since ? UtcDay.Start(since) : null, Day("until") is { } until ? UtcDay.Start(until.AddDays(1)).AddMilliseconds(-1) : null);
        var before = Number("before");
        if (wrong.Count > 0)
            return page.Show<AuditPage>(new Trail([], null, wrong), StatusCodes.Status422UnprocessableEntity);
        var rows = await find.Handle(filter, before, Size);
        return page.Show<AuditPage>(new Trail(rows, rows.Count == Size ? rows[^1].Id : null, wrong));
    }
}

namespace Patrol.Server.Web.Administration;

/// <summary>How many working tokens end on which day of the coming year.</summary>
public sealed class ExpiryCalendar
{
    /// <summary>Fewer than this many are no cliff, however unusual.</summary>
    private const long SmallestCliff = 10;

    private readonly SortedDictionary<DateOnly, long> counts;

    public ExpiryCalendar(SortedDictionary<DateOnly, long> counts, DateOnly today)
    {
        this.counts = counts;
        (Today, Last) = (today, today.AddYears(1));
        var days = counts.Where(day => day.Key > today && day.Key <= Last).ToList();
        Total = days.Sum(day => day.Value);
        Highest = days.Count == 0 ? 0 : days.Max(day => day.Value);
        Later = counts.Where(day => day.Key > Last).Sum(day => day.Value);
        var sorted = days.ConvertAll(day => day.Value);
        sorted.Sort();
        Usual = sorted.Count == 0 ? 0 : sorted[sorted.Count / 2];
        Cliffs = [.. days.Where(day => Level(day.Value) == 5).OrderByDescending(day => day.Value)];
        Days = [.. days.OrderByDescending(day => day.Value).ThenBy(day => day.Key)];
    }

    public DateOnly Today { get; }

    /// <summary>The last day shown.</summary>
    public DateOnly Last { get; }

    /// <summary>How many end within the year.</summary>
    public long Total { get; }

    /// <summary>How many end after it.</summary>
    public long Later { get; }

    /// <summary>The most that end on one day.</summary>
    public long Highest { get; }

    /// <summary>The middle of the days on which any end.</summary>
    public long Usual { get; }

    /// <summary>Days on which many times more end than usual, the highest first.</summary>
    public IReadOnlyList<KeyValuePair<DateOnly, long>> Cliffs { get; }

    /// <summary>All days on which any end, the highest first.</summary>
    public IReadOnlyList<KeyValuePair<DateOnly, long>> Days { get; }

    /// <summary>The first days of the months shown.</summary>
    public IEnumerable<DateOnly> Months()
    {
        for (var month = new DateOnly(Today.Year, Today.Month, 1); month <= Last; month = month.AddMonths(1))
            yield return month;
    }

    public long On(DateOnly day) => day > Today && day <= Last ? counts.GetValueOrDefault(day) : 0;

    public long In(DateOnly month) => Enumerable.Range(0, DateTime.DaysInMonth(month.Year, month.Month)).Sum(day => On(month.AddDays(day)));

    /// <summary>0 for none, 1 for the usual number and fewer, up to 5 for a cliff: more than eight times the usual.</summary>
    public int Level(long count) => count switch
    {
        0 => 0,
        _ when count <= Usual => 1,
        _ when count <= 2 * Usual => 2,
        _ when count <= 4 * Usual => 3,
        _ when count <= 8 * Usual || count < SmallestCliff => 4,
        _ => 5,
    };
}

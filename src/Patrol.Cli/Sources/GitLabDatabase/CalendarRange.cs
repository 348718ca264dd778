namespace Patrol.Cli.Sources.GitLabDatabase;

/// <summary>
/// PostgreSQL's calendar is larger than .NET's: it has days before the year 1, after the year 9999, and infinite ones. Outside
/// .NET's calendar they count as its first or last day, wherever they are shown, counted or picked. Days go to the server as ISO's
/// texts, since Npgsql takes .NET's last day for infinity.
/// </summary>
internal static class CalendarRange
{
    private const string First = "0001-01-01", Last = "9999-12-31";

    /// <summary>A column of days as it is shown.</summary>
    public static string Day(string column) => Within(column, First, Last);

    /// <summary>A column of instants as it is shown.</summary>
    public static string Instant(string column) => Within(column, First, $"{Last} 23:59:59");

    /// <summary>The rows whose day is shown as this one.</summary>
    public static string On(string column, DateOnly day) =>
        day == DateOnly.MaxValue ? From(column, day) : day == DateOnly.MinValue ? To(column, day) : $"{column} = '{day:yyyy-MM-dd}'";

    /// <summary>The rows whose day is shown as this one or a later one.</summary>
    public static string From(string column, DateOnly day) => day == DateOnly.MinValue ? $"{column} IS NOT NULL" : $"{column} >= '{day:yyyy-MM-dd}'";

    /// <summary>The rows whose day is shown as this one or an earlier one.</summary>
    public static string To(string column, DateOnly day) => day == DateOnly.MaxValue ? $"{column} IS NOT NULL" : $"{column} <= '{day:yyyy-MM-dd}'";

    private static string Within(string column, string first, string last) =>
        $"CASE WHEN {column} > '{last}' THEN '{last}' WHEN {column} < '{first}' THEN '{first}' ELSE {column} END";
}

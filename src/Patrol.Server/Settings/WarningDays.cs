using System.Globalization;
using Patrol.Core.Notices;

namespace Patrol.Server.Settings;

/// <summary>The windows of GitLab's warnings, in days before the end. Two with the same days are equal.</summary>
public sealed record WarningDays
{
    private const int MostDays = 400;

    private readonly string text;

    private WarningDays(IEnumerable<int> days) => text = string.Join(',', days);

    public static WarningDays GitLabs { get; } = new(NoticePolicy.GitLabDays);

    /// <summary>What a list must be.</summary>
    public static readonly string Wanted = $"must be different whole numbers from 1 to {MostDays}, such as 7,30,60";

    public IReadOnlyList<int> Days => [.. text.Split(',').Select(day => int.Parse(day, CultureInfo.InvariantCulture))];

    /// <summary>Reads a list such as <c>7,30,60</c>; null if it is none.</summary>
    public static WarningDays? Read(string text)
    {
        var days = new List<int>();
        foreach (var part in text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > MostDays || days.Contains(number))
                return null;
            days.Add(number);
        }
        return days.Count > 0 ? new(days) : null;
    }

    public override string ToString() => text;
}

using System.Globalization;

namespace Patrol.Server.Wire.Atlassian;

/// <summary>The keys by which the products know users whatever they are called: <c>JIRAUSER10000</c> and so on.</summary>
internal static class UserKeys
{
    private const string Start = "JIRAUSER";
    private const long First = 10_000;

    public static string Of(long userId) => string.Create(CultureInfo.InvariantCulture, $"{Start}{First + userId}");

    /// <summary>The user's id; null if it is no key.</summary>
    public static long? Read(string key) =>
        key.StartsWith(Start, StringComparison.Ordinal) && long.TryParse(key.AsSpan(Start.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= First
            ? number - First
            : null;
}

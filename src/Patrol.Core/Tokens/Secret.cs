namespace Patrol.Core.Tokens;

/// <summary>
/// The text of a token (or another secret) on its way from where it is made to the one place that shows it.
/// It has no string form, no JSON form and no equality, so it cannot slip into a log, an exception or a comparison.
/// </summary>
public sealed class Secret(string text)
{
    /// <summary>The text itself. Every caller of this method is listed by a test.</summary>
    public string Reveal() => text;
}

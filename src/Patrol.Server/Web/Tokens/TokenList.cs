using Patrol.Server.Settings;
using Patrol.Server.Tokens;

namespace Patrol.Server.Web.Tokens;

/// <summary>The tokens of one person, project or group, as a page lists them.</summary>
/// <param name="Active">One page of those that work.</param>
/// <param name="ActiveTotal">How many work.</param>
/// <param name="Inactive">One page of those that do not.</param>
/// <param name="InactiveTotal">How many do not.</param>
public sealed record TokenList(
    IReadOnlyList<Token> Active, long ActiveTotal, long ActivePage, IReadOnlyList<Token> Inactive, long InactiveTotal, long InactivePage, InstanceSettings Settings)
{
    public const int Size = 25;

    private const int MostPages = 100_000;

    /// <summary>Reads one page of each, as the address asks for it.</summary>
    internal static async Task<TokenList> Read(PageRequest page, FindTokens find, SettingsStore settings, TokenFilter filter)
    {
        var (active, inactive) = (PageNumber(page, "page"), PageNumber(page, "inactive_page"));
        var works = await find.Handle(filter with { State = TokenState.Active }, TokenOrder.Expires, descending: false, (active - 1) * Size, Size, page.Now);
        var ended = await find.Handle(filter with { State = TokenState.Inactive }, TokenOrder.Updated, descending: true, (inactive - 1) * Size, Size, page.Now);
        return new TokenList(works.Tokens, works.Total, active, ended.Tokens, ended.Total, inactive, settings.Current);
    }

    /// <summary>The page of a list that the address asks for; the first one if it asks for none that there can be.</summary>
    public static long PageNumber(PageRequest page, string parameter) =>
        long.TryParse(page.Query(parameter), out var number) && number is >= 1 and <= MostPages ? number : 1;
}

using Patrol.Core.Lifetimes;
using Patrol.Server.Tokens;

namespace Patrol.Server.Web.Administration;

/// <summary>The calendar of expiry: on which days how many tokens end.</summary>
internal sealed class ExpiryPages(TokenIndex index)
{
    public const string Address = "/admin/expiry";

    public void Map(PageRoutes routes) => routes.Get(Address, Show, PageAccess.Administrators);

    private async Task<IResult> Show(PageRequest page)
    {
        var counts = await index.ExpiryHistogram(new TokenFilter { State = TokenState.Active }, page.Now);
        return page.Show<ExpiryPage>(new ExpiryCalendar(counts, UtcDay.Of(page.Now)));
    }
}

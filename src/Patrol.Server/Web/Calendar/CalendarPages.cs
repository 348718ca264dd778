using Patrol.Core.Tokens;
using Patrol.Server.Settings;
using Patrol.Server.Tokens;
using Patrol.Server.Users;

namespace Patrol.Server.Web.Calendar;

/// <summary>What the page of one's own calendar shows.</summary>
/// <param name="Coming">One's own tokens that end, the next first; not all of very many.</param>
/// <param name="Total">How many there are.</param>
/// <param name="MadeAt">Since when there is an address for calendar programs.</param>
/// <param name="New">The address that was just made, of which this is the one sight.</param>
public sealed record OwnCalendar(IReadOnlyList<Token> Coming, long Total, DateTimeOffset? MadeAt, NewToken? New, InstanceSettings Settings);

/// <summary>When one's own tokens end, as a list and for calendar programs.</summary>
internal sealed class CalendarPages(
    FindTokens find, TokenIndex index, CalendarFeed feed, SettingsStore settings, Handover handover)
{
    public const string Address = "/-/calendar";
    private const int MostShown = 30, MostInFeed = 1_000;

    public void Map(PageRoutes routes)
    {
        routes.Get(Address, Show);
        routes.Post(Address, Make);
        routes.Post($"{Address}/remove", Remove);
        routes.Get("/-/calendar/{secret}/tokens.ics", page => Serve(page, instance: false), PageAccess.Anyone);
        routes.Get("/-/calendar/{secret}/instance.ics", page => Serve(page, instance: true), PageAccess.Anyone);
    }

    private async Task<IResult> Show(PageRequest page)
    {
        var (coming, total) = await Coming(page.Caller.User, MostShown, page.Now);
        return page.Show<CalendarPage>(new OwnCalendar(coming, total, await feed.MadeAt(page.Caller.User.Id), await handover.TakeToken(page), settings.Current));
    }

    private async Task<IResult> Make(PageRequest page) =>
        await handover.Redirect(page, Address, id: 0, name: "", await feed.Make(page.Caller, page.Now));

    private async Task<IResult> Remove(PageRequest page)
    {
        await feed.Remove(page.Caller, page.Now);
        return handover.Redirect(page, Address, "The address for calendar programs no longer works.");
    }

    private async Task<IResult> Serve(PageRequest page, bool instance)
    {
        // Whoever asks has no session; one that there is by chance does not matter.
        if (await feed.Find(page.Route("secret")) is not { } user || (instance && !user.IsAdmin))
            return Results.Text("404 Not Found\n", statusCode: StatusCodes.Status404NotFound);
        // Calendar programs name no language.
        var words = page.Http.Request.Headers.AcceptLanguage.Count > 0 ? page.Words : Language.Find(user.PreferredLanguage) ?? page.Words;
        var calendar = new CalendarText(page.Now, page.PublicUrl, words);
        var text = instance
            ? calendar.OfInstance(await index.ExpiryHistogram(new TokenFilter { State = TokenState.Active }, page.Now))
            : calendar.Of((await Coming(user, MostInFeed, page.Now)).Tokens);
        return Results.Text(text, "text/calendar; charset=utf-8");
    }

    private async Task<(List<Token> Tokens, long Total)> Coming(User user, int most, DateTimeOffset now)
    {
        var mine = new TokenFilter { Owners = new HashSet<long> { user.Id }, Kinds = [TokenKind.Personal], State = TokenState.Active, NoExpiry = false };
        var found = await find.Handle(mine, TokenOrder.Expires, descending: false, 0, most, now);
        return (found.Tokens, found.Total);
    }
}

using Patrol.Server.Users;
using Patrol.Server.Web.SignIn;

namespace Patrol.Server.Web.Preferences;

/// <summary>
/// Keeps the language and the colours that a person chooses at the foot of any page: for this browser, and the language of whoever
/// is signed in for their mails, too.
/// </summary>
internal sealed class PreferencePages(ChooseLanguage choose)
{
    public void Map(PageRoutes routes) => routes.Post("/-/preferences", Keep, PageAccess.Anyone);

    private async Task<IResult> Keep(PageRequest page)
    {
        var language = Language.Find(page.Field("language"));
        Choices.Keep(page.Http, language?.Code, page.Field("theme"));
        if (page.SignedIn is { } caller && language is not null && caller.User.PreferredLanguage != language.Code)
            await choose.Handle(caller, language.Code);
        return Handover.Redirect(SignInPages.LocalPath(page.Field("return_to")));
    }
}

using System.Collections.Immutable;
using Patrol.Core.Results;
using Patrol.Server.Sessions;
using Patrol.Server.Users;
using Patrol.Server.Web.Layout;

namespace Patrol.Server.Web.Preferences;

/// <summary>What the page for one's own password shows.</summary>
/// <param name="Changed">It has just been changed.</param>
/// <param name="Errors">What is wrong, by field.</param>
public sealed record PasswordForm(bool Changed, IReadOnlyDictionary<string, string> Errors);

/// <summary>Changing one's own password, for which the old one is needed.</summary>
internal sealed class PasswordPages(CheckPassword check, ChangePassword change, OpenSession open)
{
    public const string Address = "/-/user_settings/password/edit";
    private const string Action = "/-/user_settings/password";

    public void Map(PageRoutes routes)
    {
        routes.Get(Address, page => Task.FromResult(page.Show<PasswordPage>(new PasswordForm(page.Query("changed") is not null, ImmutableDictionary<string, string>.Empty))));
        routes.Post(Action, Change);
        routes.Redirect("/-/profile/password/edit", Address);
        // Where a form that was refused stands after a reload.
        routes.Redirect(Action, Address);
    }

    private async Task<IResult> Change(PageRequest page)
    {
        var (address, password) = (page.Http.Connection.RemoteIpAddress, page.Form["password"].ToString());
        if (password != page.Form["password_confirmation"].ToString())
            return Again(page, new Refusal.Invalid("password_confirmation", "is not the same"));
        var found = await check.Handle(page.Caller.User.Username, page.Form["current_password"].ToString(), address, page.Now);
        if (found.Verdict == PasswordVerdict.Denied)
            return Again(page, new Refusal.Invalid("current_password", SignIn.SignInPages.TooManyWrong), SignIn.SignInPages.LetWait(page, found));
        if (found.Verdict != PasswordVerdict.Right)
            return Again(page, new Refusal.Invalid("current_password", "is not your password"));
        if (!(await change.Handle(page.Caller, found, password, page.Now)).Succeeded(out var changed, out var refusal))
            return Again(page, refusal);
        // The session in which it was changed has ended, too; who knows the new password goes on in another.
        if (await open.Handle(changed, address, page.Now) is { } session)
            SessionCookie.Set(page.Http, session.Text);
        return Handover.Redirect($"{Address}?changed=yes");
    }

    private static IResult Again(PageRequest page, Refusal refusal, int? status = null) =>
        page.Show<PasswordPage>(new PasswordForm(false, Refusals.At(refusal, page.Words)), status ?? Refusals.Status(refusal));
}

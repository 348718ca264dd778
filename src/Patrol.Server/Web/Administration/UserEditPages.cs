using System.Collections.Immutable;
using Patrol.Core.Results;
using Patrol.Server.Users;
using Patrol.Server.Web.Layout;

namespace Patrol.Server.Web.Administration;

/// <summary>The form of a user's account, new or known, as it is shown and as it comes back.</summary>
/// <param name="Known">The account as it is; null for a new one.</param>
/// <param name="Typed">What the fields show.</param>
/// <param name="Errors">What is wrong, by field.</param>
public sealed record UserForm(User? Known, User Typed, IReadOnlyDictionary<string, string> Errors);

/// <summary>Making accounts, and changing what they are called and how they sign in.</summary>
internal sealed class UserEditPages(ReadUser read, CreateUser create, UpdateUser update, Handover handover)
{
    public const string New = $"{UserPages.Address}/new";

    public void Map(PageRoutes routes)
    {
        routes.Get(New, page => Task.FromResult(Show(page, null, new User(), null)), PageAccess.Administrators);
        routes.Post(UserPages.Address, Create, PageAccess.Administrators);
        routes.Get($"{UserPages.Address}/{{id:long}}/edit", async page => await Find(page) is { } user ? Show(page, user, user, null) : page.Missing(), PageAccess.Administrators);
        routes.Post($"{UserPages.Address}/{{id:long}}/edit", Update, PageAccess.Administrators);
    }

    private async Task<IResult> Create(PageRequest page)
    {
        var typed = Read(page, new User { CanCreateGroup = true, PreferredLanguage = page.Words.Code });
        return (await create.Handle(page.Caller, typed, Password(page), page.Now)).Succeeded(out var made, out var refusal)
            ? handover.Redirect(page, $"{UserPages.Address}/{made.User.Id}", "The user is made.")
            : Show(page, null, typed, refusal);
    }

    private async Task<IResult> Update(PageRequest page)
    {
        if (await Find(page) is not { } user)
            return page.Missing();
        var typed = Read(page, user);
        var change = new UserChange
        {
            Name = typed.Name,
            Username = typed.Username,
            Email = typed.Email,
            IsAdmin = typed.IsAdmin,
            // One's own is changed where the old one is asked for.
            Password = page.Caller.Is(user.Id) ? null : Password(page),
        };
        return (await update.Handle(page.Caller, user.Id, change, page.Now)).Succeeded(out _, out var refusal)
            ? handover.Redirect(page, $"{UserPages.Address}/{user.Id}", "The changes are saved.")
            : Show(page, user, typed, refusal);
    }

    private async Task<User?> Find(PageRequest page) => await read.Handle(page.Id()) is { User: { IsBot: false } user } ? user : null;

    private static User Read(PageRequest page, User user) => user with
    {
        Name = page.Field("name") ?? "",
        Username = page.Field("username") ?? "",
        Email = page.Field("email") ?? "",
        IsAdmin = page.Form["admin"] == "true",
    };

    private static string? Password(PageRequest page) => page.Form["password"].ToString() is { Length: > 0 } password ? password : null;

    private static IResult Show(PageRequest page, User? known, User typed, Refusal? refusal) => page.Show<UserEditPage>(
        new UserForm(known, typed, refusal is null ? ImmutableDictionary<string, string>.Empty : Refusals.At(refusal, page.Words)),
        refusal is null ? StatusCodes.Status200OK : Refusals.Status(refusal));
}

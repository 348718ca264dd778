using Patrol.Core.Directory;
using Patrol.Core.Doors;
using Patrol.Core.Scopes;
using Patrol.Server.Telemetry;

namespace Patrol.Server.Wire.Doors;

/// <summary>
/// <c>/auth/git</c>: whether a proxy may let a request of <c>git</c> through to <c>git http-backend</c>, by GitLab's rules for Git
/// over HTTP (reference: lib/gitlab/git_access.rb, scopes in doc/user/profile/personal_access_tokens): Reporters pull, Developers
/// push, whoever may see a project that is not private pulls it.
/// </summary>
internal sealed class GitDoor(DoorGuard guard, DoorAnswers answers, DoorsSettings settings, TimeProvider time)
{
    private const string Route = "/auth/git";
    private const string Suffix = ".git";
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    private static readonly DoorRequirement Pull = new()
    {
        Scopes = [ScopeCatalog.ReadRepository],
        NeedsGroup = false,
        Level = AccessLevel.Reporter,
        VisibilityOpens = true,
    };

    private static readonly DoorRequirement Push = new() { Scopes = [ScopeCatalog.WriteRepository], NeedsGroup = false, Level = AccessLevel.Developer };

    public void Map(IEndpointRouteBuilder endpoints) => endpoints.MapMethods(Route, Methods, Handle).ExcludeFromDescription();

    private async Task Handle(HttpContext http)
    {
        var knock = Knock.At(DoorKind.Git, time);
        if (!ForwardedRequest.Read(http.Request).Succeeded(out var forwarded, out var unreadable))
        {
            await answers.Refuse(http, knock, DoorRefusal.BadForwarding(unreadable), default, null);
            return;
        }
        if (Read(forwarded) is not var (project, requirement))
        {
            await answers.Refuse(http, knock, DoorRefusal.Hidden, default, null);
            return;
        }
        var presented = PresentedToken.Find(http.Request, settings);
        var visitor = await guard.Identify(presented, http.Connection.RemoteIpAddress, knock.Now);
        var refusal = visitor.Refusal ?? await guard.Check(requirement, project, visitor.Caller, knock.Now);
        if (refusal is null)
        {
            await answers.Open(http, knock, visitor.Caller);
            return;
        }
        // Whatever is wrong with a token or its owner: git is to ask for another one.
        if (refusal.Error == "access_denied" && visitor.Token is not null && visitor.Caller is null)
            refusal = refusal with { Status = StatusCodes.Status401Unauthorized };
        await answers.Refuse(http, knock, refusal, presented, visitor.Token, basic: true);
    }

    // The smart protocol alone, and no other parameter, of which git and the backend could make different things.
    private static (string Project, DoorRequirement Requirement)? Read(ForwardedRequest forwarded)
    {
        var ((method, _, path), uri, _) = forwarded;
        var query = uri.IndexOf('?') is >= 0 and var at ? uri[at..] : "";
        if (path.EndsWithSlash || path.Count < 3)
            return null;
        var (requirement, rest) = (method, path[path.Count - 1].ToString(), query) switch
        {
            ("GET", "refs", "?service=git-upload-pack") => (Pull, 2),
            ("GET", "refs", "?service=git-receive-pack") => (Push, 2),
            ("POST", "git-upload-pack", "") => (Pull, 1),
            ("POST", "git-receive-pack", "") => (Push, 1),
            _ => (null, 0),
        };
        if (requirement is null || (rest == 2 && path[path.Count - 2] is not "info"))
            return null;
        // A full path has a slash in it: what is a number here is no id.
        var count = path.Count - rest;
        var repository = path.Join(0, count);
        return count >= 2 && repository.EndsWith(Suffix, StringComparison.Ordinal) ? (repository[..^Suffix.Length], requirement) : null;
    }
}

using Patrol.Core.Doors;
using Patrol.Core.Scopes;
using Patrol.Server.Access;
using Patrol.Server.Telemetry;

namespace Patrol.Server.Wire.Doors;

/// <summary>
/// <c>/auth/verify</c>: any service, or a proxy in front of it, asks whether a token is good, and for what. 204 with whose it is in
/// headers, or 401/403/404 with the reason. Of a proxy's question the operator's rules decide; <c>scope=</c> asks for scopes besides.
/// </summary>
internal sealed class VerifyDoor(DoorGuard guard, DoorAnswers answers, DoorsSettings settings, TimeProvider time)
{
    private const string Route = "/auth/verify";
    private const int MostScopes = 100;
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Answers right away: finding the way to an endpoint costs as much as looking a token up.</summary>
    public void StandBeforeRouting(IApplicationBuilder app) => app.Use(next => http =>
        http.Request.Path.Value == Route && (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method)) ? Handle(http) : next(http));

    /// <summary>Maps the address for other methods' sake, and for those who write it otherwise.</summary>
    public void Map(IEndpointRouteBuilder endpoints) => endpoints.MapMethods(Route, Methods, Handle).ExcludeFromDescription();

    private async Task Handle(HttpContext http)
    {
        var request = http.Request;
        var knock = Knock.At(DoorKind.Verify, time);
        ForwardedRequest? forwarded = null;
        IReadOnlyList<BindingRule> binding = [];
        DoorRequirement? asked = null;
        DoorRefusal? refusal = null;
        if (request.QueryString.HasValue)
            asked = ReadScopes(request, out refusal);
        if (refusal is null && settings.Rules is { } rules && ForwardedRequest.IsIn(request.Headers))
        {
            if (!ForwardedRequest.Read(request).Succeeded(out forwarded, out var unreadable))
                refusal = DoorRefusal.BadForwarding(unreadable);
            else if (DoorRules.Find(rules, forwarded.Request) is { } found)
                binding = found;
            else
                refusal = DoorRefusal.NoRule;
        }
        if (refusal is not null)
        {
            await answers.Refuse(http, knock, refusal, default, null);
            return;
        }
        if (asked is null && binding.Count > 0 && binding.All(one => one.Rule.Requirement.Public))
        {
            await answers.Open(http, knock, null);
            return;
        }
        var presented = PresentedToken.Find(request, settings);
        var visitor = await guard.Identify(presented, http.Connection.RemoteIpAddress, knock.Now);
        refusal = visitor.Refusal ?? await Check(binding, asked, visitor.Caller, knock.Now);
        if (refusal is null)
            await answers.Open(http, knock, visitor.Caller);
        else
            await Refuse(http, knock, refusal, presented, visitor.Token, forwarded);
    }

    private async ValueTask<DoorRefusal?> Check(IReadOnlyList<BindingRule> binding, DoorRequirement? asked, Caller? caller, DateTimeOffset now)
    {
        // Without a rule, the token itself is what is asked for.
        if (caller is null && (binding.Count == 0 || asked is not null))
            return DoorRefusal.Missing;
        if (asked is not null && await guard.Check(asked, null, caller, now) is { } refused)
            return refused;
        foreach (var (rule, resource) in binding)
        {
            if (await guard.Check(rule.Requirement, resource, caller, now) is { } refusal)
                return refusal;
        }
        return null;
    }

    // A person before a browser without a token is led to sign in. nginx hands on no redirection from here: its configuration makes one.
    private Task Refuse(HttpContext http, Knock knock, DoorRefusal refusal, PresentedToken presented, TokenSnapshot? token, ForwardedRequest? forwarded)
    {
        if (refusal.Status == StatusCodes.Status401Unauthorized && forwarded is { Request.Method: "GET" } && settings.SignIn is { } signIn &&
            http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
        {
            var from = Uri.EscapeDataString($"{http.Request.Scheme}://{http.Request.Host}{forwarded.Uri}");
            var to = $"{signIn}{(signIn.Query.Length > 0 ? '&' : '?')}return_to={from}";
            http.Response.Headers["X-Patrol-Sign-In"] = to;
            if (forwarded.CanRedirect)
            {
                http.Response.Headers.Location = to;
                refusal = refusal with { Status = StatusCodes.Status302Found };
            }
        }
        return answers.Refuse(http, knock, refusal, presented, token, settings.ChallengesBasic);
    }

    // Each scope asked for must be satisfied, by itself or by a wider one.
    private static DoorRequirement? ReadScopes(HttpRequest request, out DoorRefusal? refusal)
    {
        refusal = null;
        // Most ask for none.
        if (!request.QueryString.HasValue)
            return null;
        // As an array, too, which is how GitLab's API has them.
        var names = string.Join(' ', [.. request.Query["scope"], .. request.Query["scope[]"]]).Split([' ', ','], MostScopes + 1, StringSplitOptions.RemoveEmptyEntries);
        if (names.Length > MostScopes)
            refusal = DoorRefusal.BadRequest("too_many_scopes", $"At most {MostScopes} scopes can be asked for.");
        else if (Array.Find(names, name => ScopeCatalog.Find(name) is null) is { } unknown)
            refusal = DoorRefusal.UnknownScope(unknown);
        return refusal is not null || names.Length == 0 ? null : new DoorRequirement { Scopes = [.. names.Select(name => ScopeCatalog.Find(name)!).Distinct()] };
    }
}

using Patrol.Server.Access;

namespace Patrol.Server.Wire.GitLab;

/// <summary>One request to the GitLab API, after its caller is known and its parameters are gathered.</summary>
/// <param name="Http">The request itself.</param>
/// <param name="Parameters">Path, query and body in one.</param>
/// <param name="Now">The instant of the request; there is no other clock.</param>
/// <param name="PublicUrl">The server's address as clients know it, without a slash at the end.</param>
internal sealed record GitLabRequest(HttpContext Http, Parameters Parameters, DateTimeOffset Now, string PublicUrl)
{
    private readonly Caller? caller;

    /// <summary>Who is calling.</summary>
    /// <exception cref="InvalidOperationException">Nobody is, and the endpoint is one that allows it.</exception>
    public Caller Caller
    {
        get => caller ?? throw new InvalidOperationException("The endpoint allows anonymous callers: look at CallerOrNobody.");
        init => caller = value;
    }

    /// <summary>Who is calling, or null where the endpoint allows anonymous callers.</summary>
    public Caller? CallerOrNobody => caller;
}

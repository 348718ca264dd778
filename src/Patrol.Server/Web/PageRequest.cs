using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Primitives;
using Patrol.Server.Access;

namespace Patrol.Server.Web;

/// <summary>A request for a page, or of one of its forms.</summary>
/// <param name="Http">The request itself.</param>
/// <param name="Now">Its instant.</param>
/// <param name="Words">The language in which it is answered.</param>
/// <param name="PublicUrl">How people reach the server, without a slash at the end.</param>
public sealed record PageRequest(HttpContext Http, DateTimeOffset Now, Language Words, string PublicUrl)
{
    /// <summary>Who is signed in, or null.</summary>
    public Caller? SignedIn { get; init; }

    /// <summary>The form that was sent; empty for a request that sends none.</summary>
    public IFormCollection Form { get; init; } = FormCollection.Empty;

    /// <summary>What the page before wants said at the top of this one.</summary>
    public string? Notice { get; init; }

    /// <summary>The hidden field that every form holds.</summary>
    public required FormMark Mark { get; init; }

    /// <summary>Who is signed in, on pages that nobody else is let to.</summary>
    public Caller Caller => SignedIn ?? throw new InvalidOperationException("Nobody is signed in.");

    public string Path => Http.Request.Path.Value ?? "/";

    /// <summary>A value of the address's query, without blanks around it; null if it is absent or empty.</summary>
    public string? Query(string name) => NonEmpty(Http.Request.Query[name]);

    /// <summary>A field of the form, without blanks around it; null if it is absent or empty.</summary>
    public string? Field(string name) => NonEmpty(Form[name]);

    /// <summary>All values of a field of the form.</summary>
    public IReadOnlyList<string> Fields(string name) => [.. Form[name].OfType<string>()];

    /// <summary>A number in the address's path.</summary>
    public long Id(string name = "id") => long.Parse((string)Http.Request.RouteValues[name]!, CultureInfo.InvariantCulture);

    /// <summary>A text in the address's path.</summary>
    public string Route(string name) => (string)Http.Request.RouteValues[name]!;

    /// <summary>Answers with a page.</summary>
    public IResult Show<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] TPage>(object model, int status = StatusCodes.Status200OK)
        where TPage : IComponent =>
        new RazorComponentResult<TPage>(new Dictionary<string, object?>(StringComparer.Ordinal) { ["Page"] = this, ["Model"] = model })
        {
            StatusCode = status,
            PreventStreamingRendering = true,
        };

    /// <summary>Answers with what went wrong, in a page of its own.</summary>
    public IResult Fail(int status, string message) => Show<Layout.ErrorPage>(new Layout.Failure(status, message), status);

    public IResult Missing() => Fail(StatusCodes.Status404NotFound, "There is nothing at this address, or it is not yours to see.");

    // A null byte is in no name, and PostgreSQL does not take it in a text.
    private static string? NonEmpty(StringValues values) => values.ToString().Replace("\0", "", StringComparison.Ordinal).Trim() is { Length: > 0 } text ? text : null;
}

/// <summary>The hidden field by which a form is known to come from one of our own pages.</summary>
public sealed record FormMark(string Name, string Value);

using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Patrol.Server.Wire.GitLab;

/// <summary>GitLab's offset pagination: which page is asked for, and the headers that lead to the others.</summary>
/// <param name="Page">From 1.</param>
/// <param name="PerPage">1 to 100.</param>
internal sealed record PageRequest(long Page, int PerPage)
{
    private const int DefaultPerPage = 20;
    private const int MostPerPage = 100;

    // Beyond this many rows GitLab does not tell how many there are.
    public const long MostCounted = 10_000;

    // Parameters that carry a token never go into a link.
    private static readonly string[] NeverLinked = ["private_token", "access_token", "bearer_token", "page", "per_page"];

    public long Offset => (Page - 1) * PerPage;

    public static PageRequest Read(Parameters parameters)
    {
        var page = parameters.Integer("page") ?? 1;
        var perPage = parameters.Integer("per_page") ?? DefaultPerPage;
        if (perPage == 0)
            parameters.Problem("per_page", "has a value not allowed");
        else if (perPage < 0)
            parameters.Problem("per_page", "does not have a valid value");
        return new PageRequest(Math.Clamp(page, 1, int.MaxValue), (int)Math.Clamp(perPage, 1, MostPerPage));
    }

    /// <summary>200 with one page of a list.</summary>
    /// <param name="request">The request, for the links.</param>
    /// <param name="items">The page's items.</param>
    /// <param name="total">How many there are on all pages.</param>
    /// <param name="type">The list's JSON shape.</param>
    public Answer Answer<T>(GitLabRequest request, List<T> items, long total, JsonTypeInfo<List<T>> type)
    {
        WriteHeaders(request, total);
        return GitLab.Answer.Ok(items, type);
    }

    /// <summary>Writes the pagination headers alone.</summary>
    public void WriteHeaders(GitLabRequest request, long total)
    {
        var pages = Math.Max(1, (total + PerPage - 1) / PerPage);
        long? previous = Page > 1 ? Page - 1 : null;
        long? next = Page < pages ? Page + 1 : null;
        var headers = request.Http.Response.Headers;
        headers["X-Per-Page"] = PerPage.ToString();
        headers["X-Page"] = Page.ToString();
        headers["X-Next-Page"] = next?.ToString() ?? "";
        headers["X-Prev-Page"] = previous?.ToString() ?? "";
        if (total <= MostCounted)
        {
            headers["X-Total"] = total.ToString();
            headers["X-Total-Pages"] = pages.ToString();
        }
        var links = new List<string>();
        void Link(long? page, string rel)
        {
            if (page is { } number)
                links.Add($"<{Address(request, number)}>; rel=\"{rel}\"");
        }
        Link(previous, "prev");
        Link(next, "next");
        Link(1, "first");
        Link(total <= MostCounted ? pages : null, "last");
        headers.Link = string.Join(", ", links);
    }

    private string Address(GitLabRequest request, long page)
    {
        var http = request.Http.Request;
        var query = http.Query.Where(pair => !NeverLinked.Contains(pair.Key))
            .Append(new("page", page.ToString())).Append(new KeyValuePair<string, StringValues>("per_page", PerPage.ToString()));
        return QueryHelpers.AddQueryString($"{request.PublicUrl}{http.Path.ToUriComponent()}", query);
    }
}

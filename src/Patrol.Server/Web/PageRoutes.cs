namespace Patrol.Server.Web;

/// <summary>Does one page's work.</summary>
internal delegate Task<IResult> PageHandler(PageRequest page);

/// <summary>Who is let to a page at all, before its own rules.</summary>
internal enum PageAccess
{
    /// <summary>Everybody, signed in or not.</summary>
    Anyone,

    SignedIn,

    Administrators,
}

/// <summary>The table of the pages: each line maps an address to a handler.</summary>
internal sealed class PageRoutes(IEndpointRouteBuilder endpoints, PageGate gate)
{
    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];
    private static readonly string[] Writing = [HttpMethods.Post];

    public void Get(string path, PageHandler handler, PageAccess access = PageAccess.SignedIn) => Map(Reading, path, handler, access);

    public void Post(string path, PageHandler handler, PageAccess access = PageAccess.SignedIn) => Map(Writing, path, handler, access);

    /// <summary>An address under which people know a page from elsewhere; the query goes with them.</summary>
    public void Redirect(string path, string to) => endpoints
        .MapMethods(path, Reading, http =>
        {
            http.Response.Redirect($"{to}{http.Request.QueryString}");
            return Task.CompletedTask;
        })
        .ExcludeFromDescription();

    private void Map(string[] methods, string path, PageHandler handler, PageAccess access) => endpoints
        .MapMethods(path, methods, http => gate.Handle(http, access, handler))
        .ExcludeFromDescription();
}
